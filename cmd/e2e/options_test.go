//go:build e2e

package e2e

import (
	"testing"
)

// option is what an answer asks of these tests beyond what holds for every project. An answer that is not in the table
// needs nothing, and its projects are held to the rest.
type option struct {
	// server starts what projects need, once for all of them, and returns the way to it.
	server func(t *testing.T) service
	// signIn makes the requests that follow those of a user.
	signIn func(s *server)
	// check is called with the installed, migrated and tested project.
	check func(t *testing.T, p *project)
}

// service is a server that projects share: each has a database of its own on it.
type service struct {
	address string // host:port
	vital   bool   // without it a project isn't ready
	// join makes the project's databases. It returns the environment of a project that reaches the server at an address, and what
	// its tests need.
	join func(t *testing.T, name, address string) (env, testEnv []string)
}

// options are the answers that need something.
var options = map[string]option{
	"auth=jwt":          {signIn: (*server).signIn},
	"auth=session":      {signIn: (*server).signInBySession},
	"database=mongodb":  {server: mongoService},
	"database=postgres": {server: postgresService},
	"kubernetes=true":   {check: func(t *testing.T, p *project) { checkKubernetes(t, p.dir, p.env...) }},
	"redis=true":        {server: redisService, check: checkRedis},
	"tasks=taskiq":      {check: func(t *testing.T, p *project) { checkTasks(t, p.dir, p.env) }},
	"telemetry=otel":    {check: func(t *testing.T, p *project) { checkTelemetry(t, p.dir, p.env) }},
}

// postgresService starts a cluster for all projects.
func postgresService(t *testing.T) service {
	c := startPostgres(t)
	join := func(t *testing.T, name, address string) ([]string, []string) {
		c.create(t, name)
		url := "postgresql://shop@" + address + "/" + name
		return []string{"DATABASE_URL=" + url}, []string{"TEST_DATABASE_URL=postgresql://shop@127.0.0.1:" + c.port + "/" + name + "_test"}
	}
	return service{address: "127.0.0.1:" + c.port, vital: true, join: join}
}
