package generator

import (
	"fmt"
	"path"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// spelling is how a path of the project is written, and by whom.
type spelling struct{ path, by string }

// spellings are the paths of a project and their folders, by the form in which some system takes two for one.
type spellings map[string]spelling

// spellingsOf gives what the chosen layers write, but for paths that depend on more than the answers.
func spellingsOf(set *layer.Set, values answers.Values) spellings {
	all := spellings{}
	for _, l := range set.Layers {
		for _, f := range l.Files {
			if l.When.Holds(values) {
				all.add(f.Path, "the templates write")
			}
		}
	}
	return all
}

// add takes over a path and its folders; the spelling that is known already stays.
func (s spellings) add(name, by string) {
	for at := path.Clean(name); at != "."; at = path.Dir(at) {
		if _, known := s[tree.Fold(at)]; !known {
			s[tree.Fold(at)] = spelling{at, by}
		}
	}
}

// name takes over the paths that a definition names. It refuses one that the project spells in another way.
func (s spellings) name(def definition, mentions []agent.Mention) error {
	for _, m := range mentions {
		for at := path.Clean(m.Text); at != "."; at = path.Dir(at) {
			if known, ok := s[tree.Fold(at)]; ok && known.path != at {
				return fmt.Errorf("%s:%d: names %s, but %s %s; write it so", def.path, m.Line, m.Text, known.by, known.path)
			}
		}
		s.add(m.Text, "the agent "+def.name+" names")
	}
	return nil
}
