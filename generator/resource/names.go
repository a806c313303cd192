package resource

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed words/*.txt
var wordFiles embed.FS

// words reads a word list: blank-separated words; a line that begins with # says what they are.
func words(list string) []string {
	data, err := wordFiles.ReadFile("words/" + list + ".txt")
	if err != nil {
		return nil
	}
	var all []string
	for _, line := range strings.Split(string(data), "\n") {
		if !strings.HasPrefix(line, "#") {
			all = append(all, strings.Fields(line)...)
		}
	}
	return all
}

func irregular() map[string]string {
	pairs := words("irregular")
	singulars := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		singulars[pairs[i]] = pairs[i+1]
	}
	return singulars
}

var snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// ownedNames are the lists of names that a field cannot have, with the reason.
var ownedNames = []struct{ list, reason string }{
	{"record", "every table of the project has it"},
	{"python", "it is a keyword of Python"},
	{"pydantic", "Pydantic owns it"},
	{"sqlalchemy", "SQLAlchemy owns it"},
	{"sql", "it is a reserved word of SQL"},
}

// wrongFieldName says why a field cannot have a name, or nothing.
func wrongFieldName(name string) string {
	switch {
	case !snake.MatchString(name):
		return "names are like unit_price: lower case letters, digits and single underscores, a letter first"
	case len(name) > maxFieldName:
		return fmt.Sprintf("names are at most %d characters long", maxFieldName)
	case strings.HasPrefix(name, "model_"):
		return "Pydantic owns names that begin with model_"
	}
	for _, owned := range ownedNames {
		if slices.Contains(words(owned.list), name) {
			return owned.reason
		}
	}
	return ""
}

// queryNames are what the query of every list has; a filter of that name could not be told from them.
var queryNames = []string{"limit", "cursor", "sort", "q"}

// judgeName refuses a field name, with another that could be taken.
func judgeName(r raw, f Field, singular string, owned bool) *refusal {
	name := r.name.text
	suggestion := singular + "_" + strings.TrimPrefix(name, "model_")
	fix := "call it " + suggestion
	if wrongFieldName(suggestion) != "" {
		fix = "choose another name"
	}
	reason := wrongFieldName(name)
	switch {
	case reason != "":
	case owned && (name == "owner" || name == "owner_id"):
		reason = "every " + singular + " has the user who made it as its owner"
	case f.Has("filter") && slices.Contains(queryNames, name):
		reason = "the query of every list has a parameter of that name, so it cannot be a filter"
	default:
		return nil
	}
	return refuse(r.name, fix, "%q cannot be the name of a field: %s", name, reason)
}

// judgeResource checks the names of a resource and fills them in.
func judgeResource(spec Spec) (Resource, *refusal) {
	r := Resource{Name: spec.Name, Singular: spec.Singular}
	whole := part{}
	switch {
	case !snake.MatchString(spec.Name):
		return r, refuse(whole, "", "%q cannot be the name of a resource: names are like order_lines", spec.Name)
	case len(spec.Name) > maxResourceName:
		return r, refuse(whole, "", "the name of a resource is at most %d characters long", maxResourceName)
	}
	if r.Singular == "" {
		r.Singular = singularOf(spec.Name)
	}
	switch {
	case r.Singular == "":
		return r, refuse(whole, "name it in the plural, such as "+pluralOf(spec.Name)+", or give its singular, such as singular: one_"+spec.Name,
			"%q is not known as an English plural", spec.Name)
	case r.Singular == spec.Name:
		return r, refuse(whole, "give another, such as singular: one_"+spec.Name, "the singular of %q is the same word", spec.Name)
	case !snake.MatchString(r.Singular) || len(r.Singular) > maxResourceName:
		return r, refuse(whole, "", "%q cannot be a singular: write it like order_line", r.Singular)
	}
	if reason := wrongStem(spec.Name, r.Singular); reason != "" {
		return r, refuse(whole, "choose another name, such as my_"+spec.Name, "%q cannot be the name of a resource: %s", spec.Name, reason)
	}
	r.Class = pascal(r.Singular)
	return r, nil
}

// wrongStem says why a resource cannot have its names, or nothing. The plural is the table; the singular is a variable.
func wrongStem(plural, singular string) string {
	both := func(list string) bool {
		return slices.Contains(words(list), plural) || slices.Contains(words(list), singular)
	}
	switch {
	case both("stems"):
		return "the project has something of that name"
	case both("python"):
		return singular + " is a keyword of Python"
	case slices.Contains(words("sql"), plural):
		return "it is a reserved word of SQL"
	case both("sqlalchemy"), strings.HasPrefix(plural, "model_"):
		return "the libraries of the project own it"
	}
	return ""
}
