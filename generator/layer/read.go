package layer

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer/strict"
	"example.com/scaffold/generator/tree"
)

var (
	setKeys   = []string{"name", "version", "questions", "resources"}
	layerKeys = []string{"summary", "when", "gone", "each", "after", "once", "secret", "union", "moved", "contributes"}
	eaches    = []string{EachResource, EachAgent, EachJournal, EachTests, EachDropped, EachChanged}
)

// readSet reads templates.yaml.
func (l *loader) readSet() error {
	if !slices.Contains(l.files, setFile) {
		return fmt.Errorf("%s: no %s in it; a template set has one", l.set.Label, setFile)
	}
	if slices.Contains(l.layers, ".") {
		return l.errorf(layerFile, "a layer is a folder below the set, not the set itself")
	}
	d, err := l.document(setFile)
	if err != nil {
		return err
	}
	fields, err := d.Fields(d.Root, "a template set", setKeys...)
	if err != nil {
		return err
	}
	for _, f := range fields {
		switch f.Key {
		case "name":
			l.set.Name, err = readIdentity(d, f.Value, "name")
		case "version":
			l.set.Version, err = readIdentity(d, f.Value, "version")
		case "questions":
			err = l.set.readQuestions(d, f.Value)
		}
		if err != nil {
			return err
		}
	}
	if l.set.Name == "" || l.set.Version == "" {
		return d.Errorf(d.Root, "a template set needs the keys name and version")
	}
	// The conditions on resources need the questions, wherever they stand.
	for _, f := range fields {
		if f.Key == "resources" {
			return l.set.readResources(d, f.Value)
		}
	}
	return nil
}

// readIdentity reads the name or version of a set: one word that is safe in a message and in the answers.
func readIdentity(d *strict.Document, n *yaml.Node, what string) (string, error) {
	text, err := d.Text(n, what)
	if err == nil && (len(text) > maxName || strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-", r)
	})) {
		return "", d.Errorf(n, "the %s of a set has letters, digits and . _ + - only, at most %d", what, maxName)
	}
	return text, err
}

// readLayer reads dir/layer.yaml.
func (l *loader) readLayer(dir string) error {
	d, err := l.document(path.Join(dir, layerFile))
	if err != nil {
		return err
	}
	fields, err := d.Fields(d.Root, "a layer", layerKeys...)
	if err != nil {
		return err
	}
	layer := Layer{Path: dir}
	// What moved depends on each.
	slices.SortStableFunc(fields, func(a, b strict.Field) int { return rank(a.Key) - rank(b.Key) })
	for _, f := range fields {
		if err := l.readLayerKey(d, &layer, f); err != nil {
			return err
		}
	}
	l.set.Layers = append(l.set.Layers, layer)
	return nil
}

func rank(key string) int {
	if key == "each" {
		return 0
	}
	return 1
}

func (l *loader) readLayerKey(d *strict.Document, layer *Layer, f strict.Field) (err error) {
	switch f.Key {
	case "summary":
		layer.Summary, err = d.Scalar(f.Value, "summary")
	case "when":
		layer.When, err = l.set.readWhen(d, "when", f.Value)
	case "gone":
		layer.Gone, err = l.set.readWhen(d, "gone", f.Value)
		if err == nil && len(layer.Gone) == 0 {
			err = d.Errorf(f.Value, "gone: without a question it can never cease to hold")
		}
	case "each":
		layer.Each, err = d.Text(f.Value, "each")
		if err == nil && !slices.Contains(eaches, layer.Each) {
			err = d.Errorf(f.Value, "unknown each %q; a layer is rendered for each %s", layer.Each, strings.Join(eaches, ", "))
		}
	case "after":
		layer.After, err = d.Texts(f.Value, "after")
		for i, name := range layer.After {
			if err == nil && !slices.Contains(l.layers, name) {
				err = d.Errorf(f.Value.Content[i], "after: there is no layer %q", name)
			}
		}
	case "once":
		layer.Once, err = readGlobs(d, f)
	case "secret":
		layer.Secret, err = readGlobs(d, f)
	case "union":
		layer.Union, err = readGlobs(d, f)
	case "moved":
		err = layer.readMoved(d, f.Value)
	case "contributes":
		err = l.readContributes(d, layer, f.Value)
	}
	return err
}

func readGlobs(d *strict.Document, f strict.Field) ([]string, error) {
	globs, err := d.Texts(f.Value, f.Key)
	if err != nil {
		return nil, err
	}
	for i, glob := range globs {
		parts := strings.Split(glob, "/")
		if len(glob) > maxGlob || !doublestar.ValidatePattern(glob) || slices.Contains(parts, "") || slices.Contains(parts, "..") || slices.Contains(parts, ".") {
			return nil, d.Errorf(f.Value.Content[i], "%s: %q is not a pattern of paths below the project's root", f.Key, glob)
		}
	}
	return globs, nil
}

// maxGlob bounds a pattern of paths, in bytes.
const maxGlob = 500

func (l *Layer) readMoved(d *strict.Document, n *yaml.Node) error {
	fields, err := d.Fields(n, "moved")
	if err != nil {
		return err
	}
	l.Moved = map[string]string{}
	for _, f := range fields {
		to, err := d.Scalar(f.Value, "moved")
		if err != nil {
			return err
		}
		if err := l.checkPath(f.Key); err != nil {
			return d.Errorf(f.Name, "moved: %w", err)
		}
		if err := l.checkPath(to); err != nil {
			return d.Errorf(f.Value, "moved: %w", err)
		}
		if f.Key == to {
			return d.Errorf(f.Value, "moved: %q moves to itself", to)
		}
		l.Moved[f.Key] = to
	}
	return nil
}

func (l *loader) readContributes(d *strict.Document, layer *Layer, n *yaml.Node) error {
	fields, err := d.Fields(n, "contributes")
	if err != nil {
		return err
	}
	layer.Contributes = map[string][]any{}
	for _, f := range fields {
		if !isName(strings.ToLower(f.Key)) {
			return d.Errorf(f.Name, "%q can't be the name of a list: letters, digits and _, a letter first", f.Key)
		}
		if _, err := d.Items(f.Value, "contributes: "+f.Key); err != nil {
			return err
		}
		value, err := d.Plain(f.Value, "contributes: "+f.Key)
		if err != nil {
			return err
		}
		layer.Contributes[f.Key] = value.([]any)
		l.lists[f.Key] = true
	}
	return nil
}

// pastResources are what a layer is rendered for that has to do with the resources of the run before.
var pastResources = []string{EachDropped, EachChanged}

// placeholders are the names that a path may hold, and the each that gives them; "" is any layer.
var placeholders = map[string]string{"__resource__": EachResource, "__agent__": EachAgent, "__journal__": EachJournal, "__test_folder__": EachTests, RevisionWord: ""}

// checkPath checks a path of the layer with a plain name in the place of what is put in later.
func (l *Layer) checkPath(name string) error {
	plain := name
	for _, holder := range slices.Sorted(maps.Keys(placeholders)) {
		if !strings.Contains(plain, holder) {
			continue
		}
		each := placeholders[holder]
		if each != "" && each != l.Each && !(each == EachResource && slices.Contains(pastResources, l.Each)) {
			return fmt.Errorf("%q: %s stands only in a layer with `each: %s`", name, holder, each)
		}
		plain = strings.ReplaceAll(plain, holder, "x")
	}
	return tree.CheckPath(plain)
}
