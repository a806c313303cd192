//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

// Where the schemas come from: a Python package that ships those of many releases.
const schemaPackage = "kubernetes-validate==1.37.0"

// kubernetesVersions are the oldest one that the manifests are for, and the newest that the package knows.
var kubernetesVersions = []string{"1.30.0", "1.37.0"}

// object is a manifest, as far as the checks look into it.
type object struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Data map[string]string
	Spec struct {
		Replicas int
		Strategy struct{ Type string }
		Template struct{ Spec pod }
	}
}

type pod struct {
	AutomountServiceAccountToken *bool `yaml:"automountServiceAccountToken"`
	TerminationGracePeriod       int   `yaml:"terminationGracePeriodSeconds"`
	SecurityContext              struct {
		RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
		RunAsUser      int                   `yaml:"runAsUser"`
		SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	InitContainers []container `yaml:"initContainers"`
	Containers     []container
}

type container struct {
	Name            string
	Image           string
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
	Resources      struct{ Requests, Limits map[string]string }
	StartupProbe   *probe `yaml:"startupProbe"`
	LivenessProbe  *probe `yaml:"livenessProbe"`
	ReadinessProbe *probe `yaml:"readinessProbe"`
}

type probe struct {
	Exec    struct{ Command []string }
	HTTPGet struct {
		Path        string
		HTTPHeaders []struct{ Name, Value string } `yaml:"httpHeaders"`
	} `yaml:"httpGet"`
}

// checkPulse runs the probe of a worker on a pulse that is fresh, one that is old and none.
func checkPulse(t *testing.T, project string, command []string) {
	t.Helper()
	const written = "/tmp/worker-pulse" // by PULSE of app/relay.py, as the image has no other folder for it
	require.Equal(t, "python", command[0])
	require.Contains(t, command[len(command)-1], written)
	pulse := filepath.Join(t.TempDir(), "pulse")
	alive := func() bool {
		args := slices.Clone(command[1:])
		args[len(args)-1] = strings.ReplaceAll(args[len(args)-1], written, pulse)
		return exec.Command(installed(project, "python"), args...).Run() == nil
	}
	require.False(t, alive(), "no pulse")
	require.NoError(t, os.WriteFile(pulse, nil, 0o644))
	require.True(t, alive(), "a fresh pulse")
	old := time.Now().Add(-time.Minute)
	require.NoError(t, os.Chtimes(pulse, old, old))
	require.False(t, alive(), "an old pulse")
}

// TestManifests builds and validates what the answers make of the manifests.
func TestManifests(t *testing.T) {
	scaffold := program(t)
	for _, sets := range [][]string{
		{"database=sqlite", "project_name=2026"}, {"database=postgres"}, {"database=postgres", "auth=none", "example=no"},
	} {
		t.Run(strings.Join(sets, ","), func(t *testing.T) {
			work := t.TempDir()
			args := []string{"new", "shop", "--yes", "--no-lock", "--no-git", "--set", "kubernetes=yes"}
			for _, set := range sets {
				args = append(args, "--set", set)
			}
			run(t, work, nil, scaffold, args...)
			checkManifests(t, filepath.Join(work, "shop"))
		})
	}
}

// checkKubernetes validates the manifests of an installed project, and serves it with their settings: the probes must be
// answered as the kubelet asks. The environment brings what the Secret would.
func checkKubernetes(t *testing.T, project string, env ...string) {
	t.Helper()
	objects := checkManifests(t, project)
	if objects == nil {
		return
	}
	settings := map[string]string{}
	for _, o := range objects {
		if o.Kind == "ConfigMap" {
			settings = o.Data
		}
	}
	for name, value := range settings {
		if name == "ALLOWED_HOSTS" {
			value += ",127.0.0.1" // for us: the probes name their host
		}
		env = append(env, name+"="+value)
	}
	s := start(t, project, append(env, "MAIL_URL=smtp://user:password@127.0.0.1:587?from=shop@example.com")...)
	for _, o := range objects {
		for _, c := range o.Spec.Template.Spec.Containers {
			for _, p := range []*probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
				switch {
				case p == nil:
					continue
				case len(p.Exec.Command) > 0:
					checkPulse(t, project, p.Exec.Command)
					continue
				}
				request, err := http.NewRequest("GET", s.base+p.HTTPGet.Path, nil)
				require.NoError(t, err)
				for _, header := range p.HTTPGet.HTTPHeaders {
					require.Equal(t, "Host", header.Name)
					request.Host = header.Value
				}
				response, err := http.DefaultClient.Do(request)
				require.NoError(t, err)
				response.Body.Close()
				require.Equal(t, http.StatusOK, response.StatusCode, p.HTTPGet.Path)
			}
		}
	}
	s.stop()
}

// checkManifests builds the overlay, validates it against the schemas of Kubernetes and holds its pods to what the project
// promises. It returns the objects; none where kustomize is missing, which it says.
func checkManifests(t *testing.T, project string) []object {
	t.Helper()
	kustomize, conform := tool(t, "kustomize"), tool(t, "kubeconform")
	if kustomize == "" || conform == "" {
		return nil
	}
	built := run(t, project, nil, kustomize, "build", "deploy/overlays/production")
	objects, kinds := readObjects(t, built)
	schemas := filepath.Join(kubernetesSchemas(t, kinds), "{{.NormalizedKubernetesVersion}}", "{{.ResourceKind}}{{.KindSuffix}}.json")
	validate := func(manifests, version string) (string, error) {
		cmd := exec.Command(conform, "-strict", "-summary", "-kubernetes-version", version, "-schema-location", schemas)
		cmd.Stdin = strings.NewReader(manifests)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, version := range kubernetesVersions {
		out, err := validate(built, version)
		require.NoError(t, err, out)
		t.Logf("Kubernetes %s: %s", version, strings.TrimSpace(out))
		out, err = validate(strings.ReplaceAll(built, "readOnlyRootFilesystem", "readOnlyRoot"), version)
		require.Error(t, err, "a key that is not there must be found: %s", out)
	}
	checkObjects(t, project, objects)
	return objects
}

// tool is the path of a tool that make setup installs, or nothing where it is missing.
func tool(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("../../bin/tools", name))
	require.NoError(t, err)
	if _, err := os.Stat(file); err != nil {
		t.Logf("NOT RUN: %s is not installed (make setup)", name)
		return ""
	}
	return file
}

// readObjects reads the documents of a stream, and the names that their schemas have in the package.
func readObjects(t *testing.T, text string) (objects []object, kinds []string) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return objects, kinds
		}
		require.NoError(t, err)
		var o object
		var typed struct {
			APIVersion string `yaml:"apiVersion"`
		}
		require.NoError(t, node.Decode(&o))
		require.NoError(t, node.Decode(&typed))
		group, version, grouped := strings.Cut(typed.APIVersion, "/")
		if !grouped {
			group, version = "", typed.APIVersion
		}
		group, _, _ = strings.Cut(group, ".")
		parts := []string{o.Kind, group, version}
		if group == "" {
			parts = []string{o.Kind, version}
		}
		objects, kinds = append(objects, o), append(kinds, strings.ToLower(strings.Join(parts, "-")))
	}
}

// kubernetesSchemas writes the schemas of these kinds to a folder for each version and returns the one above. Those of the package name each other by
// addresses that nobody serves; here they are files side by side.
func kubernetesSchemas(t *testing.T, kinds []string) string {
	t.Helper()
	find := "import kubernetes_validate, pathlib; print(pathlib.Path(kubernetes_validate.__file__).parent)"
	found := run(t, t.TempDir(), nil, "uv", "run", "--no-project", "--quiet", "--with", schemaPackage, "python", "-c", find)
	to := t.TempDir()
	for _, version := range kubernetesVersions {
		from := filepath.Join(strings.TrimSpace(found), "kubernetes-json-schema", "v"+version+"-local-strict")
		folder := filepath.Join(to, "v"+version)
		require.NoError(t, os.Mkdir(folder, 0o755))
		for _, name := range append([]string{"_definitions"}, kinds...) {
			data, err := os.ReadFile(filepath.Join(from, name+".json"))
			require.NoError(t, err)
			var schema map[string]any
			require.NoError(t, json.Unmarshal(bytes.ReplaceAll(data, []byte(`"/api/_definitions.json#`), []byte(`"_definitions.json#`)), &schema))
			delete(schema, "$id")
			data, err = json.Marshal(schema)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), data, 0o644))
		}
	}
	return to
}

// checkObjects holds the manifests to the rules of the pod security standard `restricted` and to what the plan says.
func checkObjects(t *testing.T, project string, objects []object) {
	t.Helper()
	example, err := os.ReadFile(filepath.Join(project, ".env.example"))
	require.NoError(t, err)
	pods := 0
	for _, o := range objects {
		switch o.Kind {
		case "Secret":
			require.Fail(t, "no secret is in the repository", o.Metadata.Name)
		case "Namespace":
			require.Equal(t, "restricted", o.Metadata.Labels["pod-security.kubernetes.io/enforce"])
		case "ConfigMap":
			for name := range o.Data {
				require.True(t, name == "FORWARDED_ALLOW_IPS" || strings.Contains(string(example), "\n"+name+"="), "%s is no setting", name)
			}
		case "Deployment", "Job":
			pods++
			require.Equal(t, o.Spec.Replicas == 1 && o.Spec.Strategy.Type == "Recreate", len(o.Spec.Template.Spec.InitContainers) == 1, "one pod migrates itself")
			checkPod(t, o.Spec.Template.Spec)
		}
	}
	require.Positive(t, pods)
}

func checkPod(t *testing.T, p pod) {
	t.Helper()
	require.False(t, p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken)
	require.True(t, p.SecurityContext.RunAsNonRoot)
	require.Equal(t, 10001, p.SecurityContext.RunAsUser)
	require.Equal(t, "RuntimeDefault", p.SecurityContext.SeccompProfile.Type)
	require.NotEmpty(t, p.Containers)
	for _, c := range append(p.InitContainers, p.Containers...) {
		security := c.SecurityContext
		require.False(t, security.AllowPrivilegeEscalation == nil || *security.AllowPrivilegeEscalation, c.Name)
		require.True(t, security.ReadOnlyRootFilesystem, c.Name)
		require.Equal(t, []string{"ALL"}, security.Capabilities.Drop, c.Name)
		require.Len(t, c.Resources.Requests, 2, c.Name)
		require.Len(t, c.Resources.Limits, 2, c.Name)
		require.True(t, strings.HasPrefix(c.Image, "registry.example.com/"), "%s: the overlay names the image: %s", c.Name, c.Image)
		if c.Name == "api" {
			require.NotNil(t, c.StartupProbe)
			require.NotNil(t, c.LivenessProbe)
			require.NotNil(t, c.ReadinessProbe)
			require.Greater(t, p.TerminationGracePeriod, 5+8, "the pause before SIGTERM and uvicorn's drain")
		}
	}
}
