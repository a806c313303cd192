//go:build e2e

package e2e

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// cluster is a PostgreSQL server of its own on the loopback address.
type cluster struct {
	bin, dir, port string
	as             []string // how to become its user
}

// startPostgres starts a cluster that ends with the test.
func startPostgres(t *testing.T) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NotEmpty(t, found, "PostgreSQL is not installed: run make setup")
	dir, err := os.MkdirTemp("", "pg")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{bin: filepath.Dir(found[len(found)-1]), dir: dir, port: freePort(t)}
	if os.Getuid() == 0 {
		run(t, "/", nil, "chown", "postgres", dir)
		c.as = []string{"runuser", "-u", "postgres", "--"}
	}
	data := filepath.Join(dir, "data")
	c.call(t, "initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync")
	c.call(t, "pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"),
		"-o", "-p "+c.port+" -k "+dir+" -h 127.0.0.1 -c fsync=off -c max_connections=300", "start")
	t.Cleanup(func() {
		line := c.line("pg_ctl", "-D", data, "-m", "immediate", "stop")
		_ = exec.Command(line[0], line[1:]...).Run()
	})
	return c
}

func (c *cluster) line(program string, args ...string) []string {
	return append(append(append([]string{}, c.as...), filepath.Join(c.bin, program)), args...)
}

func (c *cluster) call(t *testing.T, program string, args ...string) {
	t.Helper()
	line := c.line(program, args...)
	run(t, "/", nil, line[0], line[1:]...)
}

// create makes an empty database.
func (c *cluster) create(t *testing.T, name string) {
	t.Helper()
	c.call(t, "createdb", "-h", "127.0.0.1", "-p", c.port, "-U", "shop", name)
}

// postgres starts a cluster and returns its URL without a database; the databases shop and shop_test are there.
func postgres(t *testing.T) string {
	t.Helper()
	c := startPostgres(t)
	c.create(t, "shop")
	c.create(t, "shop_test")
	return "postgresql://shop@127.0.0.1:" + c.port
}

// gate is a way to a server that can be closed, so that for whoever goes through it the server is gone.
type gate struct {
	t        *testing.T
	to       string
	port     string
	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
}

// openGate opens a way to a server at an address.
func openGate(t *testing.T, to string) *gate {
	t.Helper()
	g := &gate{t: t, to: to, port: freePort(t)}
	g.start()
	t.Cleanup(g.stop)
	return g
}

// start lets connections through.
func (g *gate) start() {
	g.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:"+g.port)
	require.NoError(g.t, err)
	g.mu.Lock()
	g.listener = listener
	g.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go g.join(from)
		}
	}()
}

func (g *gate) join(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	defer to.Close()
	g.mu.Lock()
	g.open = append(g.open, from, to)
	g.mu.Unlock()
	go func() { _, _ = io.Copy(to, from); to.Close() }()
	_, _ = io.Copy(from, to)
}

// stop refuses connections and ends those there are.
func (g *gate) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listener.Close()
	for _, connection := range g.open {
		connection.Close()
	}
	g.open = nil
}
