//go:build e2e

package e2e

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mongoJars are where make setup puts mongo-java-server.
const mongoJars = "../../bin/tools/mongo-java-server"

// haveMongo tells whether the server is there.
func haveMongo() bool {
	found, _ := filepath.Glob(filepath.Join(mongoJars, "mongo-java-server-core-*.jar"))
	return len(found) > 0
}

// mongo starts a server that speaks MongoDB's wire protocol and returns its host:port. It is mongo-java-server with the launcher of
// testdata/e2e/mongo: everything in memory, no transactions, no expiry by TTL indexes.
func mongo(t *testing.T) string {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	var out bytes.Buffer
	cmd := exec.Command("java", "-Xmx256m", "-cp", filepath.Join(mongoJars, "*"), "../../testdata/e2e/mongo/Launcher.java", port)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 60*time.Second, 100*time.Millisecond, "the server for MongoDB's wire protocol does not answer")
	return address
}

// mongoService starts a server for all projects. Without one each of them says that it did not run.
func mongoService(t *testing.T) service {
	if !haveMongo() {
		return service{join: func(t *testing.T, _, _ string) ([]string, []string) {
			t.Skip("NOT RUN: no server for MongoDB's wire protocol; make setup brings it where Java and Maven are there")
			return nil, nil
		}}
	}
	own := mongo(t)
	join := func(t *testing.T, name, address string) ([]string, []string) {
		return []string{"DATABASE_URL=mongodb://" + address + "/" + name}, []string{"TEST_DATABASE_URL=mongodb://" + own + "/" + name + "_test"}
	}
	return service{address: own, vital: true, join: join}
}
