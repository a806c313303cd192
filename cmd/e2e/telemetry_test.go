//go:build e2e

package e2e

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// collector is a stand-in for an OpenTelemetry collector: it takes OTLP over HTTP and keeps what was sent, by path. The messages are
// protobuf; what is looked for in them stands as it is: names and texts as UTF-8, ids as bytes.
type collector struct {
	*httptest.Server
	mu   sync.Mutex
	sent map[string][]byte
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{sent: map[string][]byte{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent[r.URL.Path] = append(c.sent[r.URL.Path], body...)
	}))
	t.Cleanup(c.Close)
	return c
}

// got returns what was sent to a path so far.
func (c *collector) got(path string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent[path])
}

// checkTelemetry serves an installed and migrated project that has telemetry, and reads what a collector gets from it: the span of
// a request in the caller's trace, its duration, the ids in the log, and none of what may be secret. Then it takes the collector
// away: the end must still come in time.
func checkTelemetry(t *testing.T, project string, env []string) {
	t.Helper()
	c := newCollector(t)
	trace, secret := "0af7651916cd43dd8448eb211c80319c", "hunter2-hunter2"
	collecting := append(slices.Clone(env), "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "OTEL_SERVICE_NAME=named-by-us", "LOG_FORMAT=json")
	s := start(t, project, append(collecting, "RATE_LIMIT=100000/minute")...)
	request, err := http.NewRequest("GET", s.base+"/api/v1/nowhere/made-up?token="+secret, nil)
	require.NoError(t, err)
	request.Header.Set("traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	request.Header.Set("Authorization", "Bearer "+secret)
	ask := func() {
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, http.StatusNotFound, response.StatusCode)
	}
	ask()
	for i := range 1000 {
		request.URL.Path = fmt.Sprintf("/api/v1/nowhere/%d", i)
		ask()
	}
	s.stop()
	require.Contains(t, s.out.String(), `"trace_id": "`+trace+`"`)

	spans, points := c.got("/v1/traces"), c.got("/v1/metrics")
	id, err := hex.DecodeString(trace)
	require.NoError(t, err)
	for _, want := range []string{"named-by-us", string(id), "/api/v1/nowhere/made-up", "url.path", "deployment.environment.name", "[redacted]"} {
		require.True(t, bytes.Contains(spans, []byte(want)), "no span has %q", want)
	}
	require.True(t, bytes.Contains(points, []byte("http.server.request.duration")))
	for _, sent := range [][]byte{spans, points} {
		require.False(t, bytes.Contains(sent, []byte(secret)), "a secret was sent")
	}
	require.False(t, bytes.Contains(points, []byte("nowhere")), "a path that somebody made up is counted on its own")
	require.Less(t, len(points), 20_000, "1,000 paths are one series")

	c.Close()
	s = start(t, project, collecting...)
	_, _, _ = s.ask("GET", "/nothing", nil)
	s.stop()
	quiet := start(t, project, env...)
	_, _, _ = quiet.ask("GET", "/nothing", nil)
	quiet.stop()
	require.False(t, strings.Contains(strings.ToLower(quiet.out.String()), "otlp"), quiet.out.String())
}

// TestTelemetry has the statements of requests in their traces.
func TestTelemetry(t *testing.T) {
	project := newProject(t, "--yes", "--set", "telemetry=otel", "--set", "auth=none")
	run(t, project, nil, "uv", "run", "alembic", "upgrade", "head")
	checkTelemetry(t, project, nil)
	c := newCollector(t)
	s := start(t, project, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL)
	useItems(s)
	s.stop()
	for _, want := range []string{"GET /api/v1/items", "POST /api/v1/items", "PATCH /api/v1/items/{item_id}", "db.query.text", "INSERT INTO items"} {
		require.True(t, bytes.Contains(c.got("/v1/traces"), []byte(want)), "no span has %q", want)
	}
	require.False(t, bytes.Contains(c.got("/v1/traces"), []byte("Lamp")), "a value was sent")
}
