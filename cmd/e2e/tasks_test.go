//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// checkTasks: what is asked for is done by what runs the jobs, by the next one when that is killed in the middle, and to its end
// when that is told to stop. The database in env is migrated; what runs the jobs is the worker, or without Redis another API.
func checkTasks(t *testing.T, project string, env []string) {
	t.Helper()
	mail := startMailServer(t)
	env = append(env, "MAIL_URL=smtp://"+mail.address+"?from=shop@example.com", "JOB_SECONDS=5", "LOG_FORMAT=json")
	ping := strings.TrimSpace(run(t, project, env, installed(project, "python"), "-m", "app.jobs", "ping"))
	first := startRunner(t, project, env)
	first.waitFor(ping)
	mail.settle()
	if _, err := os.Stat(filepath.Join(project, "app/services/users.py")); err == nil {
		api := start(t, project, append(env, "RUN_JOBS=false")...)
		first = killInTheMiddle(t, first, api, mail)
		stopInTheMiddle(t, first, api, mail)
		api.stop()
	} else {
		first.stop()
	}
	require.Empty(t, run(t, project, env, installed(project, "python"), "-m", "app.jobs", "dead"))
}

// killInTheMiddle: a mail that is under way when its runner is killed is sent by the next, which it returns.
func killInTheMiddle(t *testing.T, first *runner, api *server, mail *mailServer) *runner {
	t.Helper()
	release := mail.hold()
	status, _, _ := api.ask("POST", "/api/v1/auth/register", map[string]string{"email": "jobs@example.com", "password": "correct horse"})
	require.Equal(t, http.StatusAccepted, status)
	mail.waitForCaller()
	require.NoError(t, first.cmd.Process.Kill())
	_ = first.cmd.Wait()
	release()
	require.NotContains(t, mail.sent(), "jobs@example.com")
	next := startRunner(t, first.cmd.Dir, first.env)
	require.Eventually(t, func() bool { return strings.Contains(mail.sent(), "To: jobs@example.com") },
		60*time.Second, 200*time.Millisecond, "the mail of the killed job is lost\n%s", next.out)
	return next
}

// stopInTheMiddle: a mail that is under way at SIGTERM is sent, and its line in the log has the id of the request.
func stopInTheMiddle(t *testing.T, worker *runner, api *server, mail *mailServer) {
	t.Helper()
	release := mail.hold()
	status, header, _ := api.ask("POST", "/api/v1/auth/password-reset", map[string]string{"email": "jobs@example.com"})
	require.Equal(t, http.StatusAccepted, status)
	mail.waitForCaller()
	require.NoError(t, worker.cmd.Process.Signal(syscall.SIGTERM))
	time.Sleep(500 * time.Millisecond)
	release()
	worker.end()
	require.Contains(t, mail.sent(), "Your reset token")
	require.Contains(t, worker.out.String(), header.Get("X-Request-ID"))
}

// settle waits until the mail that earlier users of the project asked for is sent.
func (m *mailServer) settle() {
	for before := "-"; before != m.sent(); time.Sleep(3 * time.Second) {
		before = m.sent()
	}
}

// runner is a process that runs jobs.
type runner struct {
	t    *testing.T
	cmd  *exec.Cmd
	env  []string
	out  *output
	done chan struct{}
}

// startRunner starts the worker, or without Redis an API that runs jobs.
func startRunner(t *testing.T, project string, env []string) *runner {
	t.Helper()
	command := []string{"uvicorn", "app.main:app", "--port", freePort(t)}
	worker, err := os.ReadFile(filepath.Join(project, "app/worker.py"))
	require.NoError(t, err)
	if bytes.Contains(worker, []byte("__main__")) {
		command = []string{"python", "-m", "app.worker"}
	}
	r := &runner{t: t, env: env, out: &output{}, done: make(chan struct{})}
	r.cmd = exec.Command(installed(project, command[0]), command[1:]...)
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = project, append(cleanEnv(), env...), r.out, r.out
	require.NoError(t, r.cmd.Start())
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// waitFor waits for the line in the log that says that a job is done.
func (r *runner) waitFor(job string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		for line := range strings.Lines(r.out.String()) {
			var entry struct{ Event, JobID string }
			_ = json.Unmarshal([]byte(strings.ReplaceAll(line, `"job_id"`, `"jobid"`)), &entry)
			if entry.Event == "job_done" && entry.JobID == job {
				return true
			}
		}
		return false
	}, 60*time.Second, 200*time.Millisecond, "job %s is not done\n%s", job, r.out)
}

func (r *runner) stop() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	r.end()
}

// end waits for the process, which ends with 0, or as uvicorn does by the signal.
func (r *runner) end() {
	r.t.Helper()
	go func() { _ = r.cmd.Wait(); close(r.done) }()
	select {
	case <-r.done:
		status := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
		require.True(r.t, status.ExitStatus() == 0 || status.Signal() == syscall.SIGTERM, r.out.String())
	case <-time.After(20 * time.Second):
		require.Fail(r.t, "what runs the jobs did not end", r.out.String())
	}
}

// output is what a process prints, to be read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// mailServer takes mail on the loopback address, and can let its callers wait.
type mailServer struct {
	t       *testing.T
	address string
	mail    output
	mu      sync.Mutex
	gate    chan struct{} // closed when callers need not wait
	called  chan struct{} // one for each caller that has to wait
}

func startMailServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := listenLoopback()
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	s := &mailServer{t: t, address: listener.Addr().String(), gate: make(chan struct{}), called: make(chan struct{}, 100)}
	close(s.gate)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

// hold lets callers wait until the function that it returns is called.
func (s *mailServer) hold() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return func() { close(gate) }
}

func (s *mailServer) waitForCaller() {
	s.t.Helper()
	select {
	case <-s.called:
	case <-time.After(60 * time.Second):
		require.Fail(s.t, "nobody sends mail")
	}
}

func (s *mailServer) sent() string { return s.mail.String() }

// talk is as much of RFC 5321 as takes a message; the message counts when the sender has heard so and says goodbye.
func (s *mailServer) talk(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	select {
	case <-gate:
	default:
		s.called <- struct{}{}
		<-gate
	}
	var message strings.Builder
	inData := false
	fmt.Fprint(conn, "220 mail\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case inData && line == ".":
			inData = false
			fmt.Fprint(conn, "250 ok\r\n")
		case inData:
			message.WriteString(line + "\n")
		case strings.EqualFold(line, "DATA"):
			inData = true
			fmt.Fprint(conn, "354 go on\r\n")
		case strings.EqualFold(line, "QUIT"):
			_, _ = s.mail.Write([]byte(message.String()))
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}
