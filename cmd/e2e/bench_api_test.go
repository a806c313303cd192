//go:build e2e && benchapi

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The load: each request is asked for in rounds that alternate between the servers, by wrk with one thread. Machines
// differ and are busy; medians of ratios travel.
const (
	apiRounds      = 5
	apiSeconds     = 4
	apiConnections = 16
)

// figure is what one round of wrk says.
type figure struct{ rate, p99 float64 }

// target is a request to a server.
type target struct {
	server  string
	request string
	url     string
	script  string // of wrk
	figures []figure
}

// TestBenchAPI prints the figures of `make bench-api`: requests per second, p99 and queries of the default project on each
// database, beside the list of the official full-stack template. SCAFFOLD_TEMPLATE names a clone of that; without it, it is left out.
func TestBenchAPI(t *testing.T) {
	if _, err := exec.LookPath("wrk"); err != nil {
		t.Fatal("wrk is not installed: run make setup")
	}
	c := startPostgres(t)
	var targets []*target
	fmt.Println("| statements by request | database |\n|---|---|")
	for _, database := range []string{"sqlite", "postgres"} {
		targets = append(targets, ownTargets(t, c, database)...)
	}
	if official := officialTarget(t, c); official != nil {
		targets = append(targets, official)
	}
	// What is compared is measured side by side, and what keeps a server busy for a while after the round comes last.
	order := []string{"live", "list", "create", "login"}
	slices.SortStableFunc(targets, func(a, b *target) int { return slices.Index(order, a.request) - slices.Index(order, b.request) })
	for range apiRounds {
		for _, target := range targets {
			target.figures = append(target.figures, wrk(t, target))
		}
	}
	fmt.Println("\n| server | request | requests/s | p99 |\n|---|---|---|---|")
	for _, target := range targets {
		fmt.Printf("| %s | %s | %.0f | %.0f ms |\n", target.server, target.request,
			median(target.figures, func(f figure) float64 { return f.rate }), median(target.figures, func(f figure) float64 { return f.p99 }))
	}
	printRatio(targets)
}

// printRatio compares our list on PostgreSQL with that of the official template, round by round.
func printRatio(targets []*target) {
	ours := targets[slices.IndexFunc(targets, func(t *target) bool { return t.server == "postgres" && t.request == "list" })]
	at := slices.IndexFunc(targets, func(t *target) bool { return t.server == "official" })
	if at < 0 {
		fmt.Println("\nNOT RUN: the official template; SCAFFOLD_TEMPLATE names a clone of it")
		return
	}
	theirs := targets[at]
	var ratios []figure
	for i := range ours.figures {
		ratios = append(ratios, figure{rate: ours.figures[i].rate / theirs.figures[i].rate})
	}
	rate := func(f figure) float64 { return f.rate }
	slices.SortFunc(ratios, func(a, b figure) int { return int(1000 * (a.rate - b.rate)) })
	fmt.Printf("\nlist on PostgreSQL, ours to the official template's: %.2f (%.2f to %.2f)\n",
		median(ratios, rate), ratios[0].rate, ratios[len(ratios)-1].rate)
}

func median(figures []figure, of func(figure) float64) float64 {
	var values []float64
	for _, f := range figures {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ownTargets serves the default project on a database, with a user who has 30 items.
func ownTargets(t *testing.T, c *cluster, database string) []*target {
	p := makeProject(t, "bench", "database="+database+" auth=jwt example=true")
	env := []string{"RATE_LIMIT=100000000/minute", "LOGIN_RATE_LIMIT=100000000/minute", "LOG_FORMAT=json"}
	if database == "postgres" {
		c.create(t, "bench")
		env = append(env, "DATABASE_URL=postgresql://shop@127.0.0.1:"+c.port+"/bench")
	}
	run(t, p.dir, env, "uv", append(append([]string{"run", "--no-sync"}, migrator(t, p.dir)...), "upgrade", "head")...)
	printQueries(t, p.dir, env, database)
	s := startQuiet(t, p.dir, "/health/live", env)
	s.signIn()
	for i := range 30 {
		status, _, body := s.ask("POST", "/api/v1/items", map[string]string{"name": fmt.Sprint("Lamp ", i), "price": "1.00"})
		require.Equal(t, http.StatusCreated, status, body)
	}
	bearer := map[string]string{"Authorization": "Bearer " + s.token}
	asJSON := map[string]string{"Authorization": bearer["Authorization"], "Content-Type": "application/json"}
	login := url.Values{"username": {email}, "password": {password}}.Encode()
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	return []*target{
		{server: database, request: "live", url: s.base + "/health/live", script: script(t, "GET", nil, "")},
		{server: database, request: "list", url: s.base + "/api/v1/items?limit=20", script: script(t, "GET", bearer, "")},
		{server: database, request: "create", url: s.base + "/api/v1/items", script: script(t, "POST", asJSON, `{"name": "Lamp", "price": "1.00"}`)},
		{server: database, request: "login", url: s.base + "/api/v1/auth/token", script: script(t, "POST", form, login)},
	}
}

// startQuiet serves an application with its log in a file: a pipe that we read would be part of the measurement.
func startQuiet(t *testing.T, dir, live string, env []string) *server {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	return startAt(t, dir, live, log, env...)
}

// script writes what wrk sends.
func script(t *testing.T, method string, headers map[string]string, body string) string {
	var lua strings.Builder
	fmt.Fprintf(&lua, "wrk.method = %q\nwrk.body = %q\n", method, body)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&lua, "wrk.headers[%q] = %q\n", name, headers[name])
	}
	name := filepath.Join(t.TempDir(), "request.lua")
	require.NoError(t, os.WriteFile(name, []byte(lua.String()), 0o644))
	return name
}

var (
	rateLine  = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	p99Line   = regexp.MustCompile(`(?m)^\s+99%\s+([\d.]+)(us|ms|s)\s*$`)
	wrongLine = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	unit      = map[string]float64{"us": 0.001, "ms": 1, "s": 1000}
)

// wrk loads a target for a round. An answer that is no success makes the figure worthless.
func wrk(t *testing.T, to *target) figure {
	t.Helper()
	out := run(t, ".", nil, "wrk", "--latency", "-t1", fmt.Sprint("-c", apiConnections), fmt.Sprintf("-d%ds", apiSeconds), "--timeout", "20s", "-s", to.script, to.url)
	require.Empty(t, wrongLine.FindString(out), "%s %s\n%s", to.server, to.request, out)
	rate, p99 := rateLine.FindStringSubmatch(out), p99Line.FindStringSubmatch(out)
	require.NotNil(t, rate, out)
	require.NotNil(t, p99, out)
	r, err := strconv.ParseFloat(rate[1], 64)
	require.NoError(t, err)
	p, err := strconv.ParseFloat(p99[1], 64)
	require.NoError(t, err)
	return figure{r, p * unit[p99[2]]}
}

// printQueries counts the statements of each request, within the process.
func printQueries(t *testing.T, dir string, env []string, database string) {
	source, err := os.ReadFile("../../testdata/e2e/queries.py")
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "queries.py")
	require.NoError(t, os.WriteFile(name, source, 0o644))
	out := run(t, dir, append(env, "PYTHONPATH="+dir, "LOG_LEVEL=ERROR"), installed(dir, "python"), name)
	var counts map[string]int
	require.NoError(t, json.Unmarshal([]byte(lastLines(out, 1)), &counts), out)
	var words []string
	for _, request := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", request, counts[request]))
	}
	fmt.Printf("| %s | %s |\n", strings.Join(words, ", "), database)
}

// officialTarget serves the list of the official full-stack template from a clone of it, on a database of the same server.
func officialTarget(t *testing.T, c *cluster) *target {
	clone := os.Getenv("SCAFFOLD_TEMPLATE")
	if clone == "" {
		return nil
	}
	work := t.TempDir()
	c.create(t, "official")
	database := "postgresql://shop@127.0.0.1:" + c.port + "/official"
	out := run(t, ".", append(officialEnv, "DATABASE_URL="+database), "bash", "../../testdata/e2e/official.sh", clone, work)
	t.Log(lastLines(out, 3))
	env := append(officialEnv, "DATABASE_URL="+database)
	s := startQuiet(t, filepath.Join(work, "backend"), "/api/v1/utils/health-check/", env)
	status, _, body := s.ask("POST", "/api/v1/login/access-token", url.Values{"username": {"admin@example.com"}, "password": {"only-for-this-run"}})
	require.Equal(t, http.StatusOK, status, body)
	s.token = body["access_token"].(string)
	status, _, body = s.ask("POST", "/api/v1/users/signup", map[string]string{"email": email, "password": password})
	require.Equal(t, http.StatusOK, status, body)
	status, _, body = s.ask("POST", "/api/v1/login/access-token", url.Values{"username": {email}, "password": {password}})
	require.Equal(t, http.StatusOK, status, body)
	s.token = body["access_token"].(string)
	for i := range 30 {
		status, _, body := s.ask("POST", "/api/v1/items/", map[string]string{"title": fmt.Sprint("Lamp ", i), "description": "bright"})
		require.Equal(t, http.StatusOK, status, body)
	}
	headers := map[string]string{"Authorization": "Bearer " + s.token}
	return &target{server: "official", request: "list", url: s.base + "/api/v1/items/?limit=20", script: script(t, "GET", headers, "")}
}

// officialEnv are the settings of the official template.
var officialEnv = []string{
	"PROJECT_NAME=bench", "SECRET_KEY=0123456789abcdef0123456789abcdef", "FIRST_SUPERUSER=admin@example.com",
	"FIRST_SUPERUSER_PASSWORD=only-for-this-run", "FASTAPI_ENV=development",
}
