//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// redisServer starts a Redis of its own on the loopback address, which keeps nothing, and returns its host:port.
func redisServer(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	require.NoError(t, err, "Redis is not installed: run make setup")
	port := freePort(t)
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--databases", "1000",
		"--save", "", "--appendonly", "no", "--dir", t.TempDir())
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			connection.Close()
		}
		return err == nil
	}, 10*time.Second, 50*time.Millisecond, "Redis does not answer")
	return "127.0.0.1:" + port
}

// redisService starts a Redis for all projects. None of them needs it to be ready.
func redisService(t *testing.T) service {
	direct := redisServer(t)
	var projects atomic.Int32
	join := func(_ *testing.T, _, address string) ([]string, []string) {
		database := projects.Add(1)
		return []string{fmt.Sprintf("REDIS_URL=redis://%s/%d", address, database)},
			[]string{fmt.Sprintf("TEST_REDIS_URL=redis://%s/%d", direct, database)}
	}
	return service{address: direct, join: join}
}

// checkRedis has two servers share a limit, and takes Redis away from them.
func checkRedis(t *testing.T, p *project) {
	t.Helper()
	path := "/api/v1/items"
	if p.answers["example"] != "true" {
		path = "/api/v1/users/me"
	}
	if p.answers["example"] != "true" && p.answers["auth"] == "none" {
		return // it has no route that is limited
	}
	way := openGate(t, redisServer(t))
	env := append(append([]string{}, p.env...), "REDIS_URL=redis://127.0.0.1:"+way.port+"/0", "RATE_LIMIT=3/day")
	servers := []*server{start(t, p.dir, env...), start(t, p.dir, env...)}
	var limited []bool
	for i := range 4 {
		status, _, _ := servers[i%2].ask("GET", path, nil)
		limited = append(limited, status == http.StatusTooManyRequests)
	}
	require.Equal(t, []bool{false, false, false, true}, limited)
	way.stop()
	status, _, _ := servers[0].ask("GET", path, nil)
	require.Less(t, status, http.StatusTooManyRequests, "without Redis each process counts for itself")
	status, _, _ = servers[0].ask("GET", "/health/ready", nil)
	require.Equal(t, http.StatusOK, status)
	for _, s := range servers {
		s.stop()
	}
	require.Equal(t, 1, strings.Count(servers[0].out.String(), "redis_away"))
}
