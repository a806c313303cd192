package apply

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

const (
	journalVersion  = 1
	maxJournalBytes = 64 << 20
	maxEntries      = 200_000
)

// journal is what a run is about to do, in the form that is written before it begins.
type journal struct {
	Version int      `json:"version"`
	Command string   `json:"command"`
	ID      string   `json:"id"` // names the run's temporary files
	Folders []string `json:"folders,omitempty"`
	Leave   []string `json:"leave,omitempty"`
	Entries []line   `json:"entries"`
}

// line is one entry of a journal or of an undo record.
type line struct {
	Path   string `json:"path"`
	Before stamp  `json:"before"`
	After  stamp  `json:"after"`
	Inside bool   `json:"inside,omitempty"`
	Secret bool   `json:"secret,omitempty"`
}

// stamp tells one node from another without holding its bytes. Kind is "" for nothing, "file" or "folder".
type stamp struct {
	Kind string      `json:"kind,omitempty"`
	Mode fs.FileMode `json:"mode,omitempty"`
	Size int64       `json:"size,omitempty"`
	Sum  string      `json:"sum,omitempty"` // SHA-256, in hexadecimal; empty in the undo record's own entry
}

const (
	kindFile   = "file"
	kindFolder = "folder"
)

func stampOf(node changeset.Node) stamp {
	switch node.Kind {
	case changeset.Regular:
		sum := sha256.Sum256(node.Data)
		return stamp{Kind: kindFile, Mode: node.Mode.Perm(), Size: int64(len(node.Data)), Sum: hex.EncodeToString(sum[:])}
	case changeset.Folder:
		return stamp{Kind: kindFolder, Mode: node.Mode.Perm()}
	}
	return stamp{}
}

// holds tells that the node has the kind and the bytes of the stamp; the mode is not compared.
func (s stamp) holds(node changeset.Node) bool {
	now := stampOf(node)
	if node.Kind == changeset.Link || node.Kind == changeset.Special {
		return false
	}
	return now.Kind == s.Kind && now.Size == s.Size && now.Sum == s.Sum
}

func newID() string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (p *plan) journal(id string) journal {
	j := journal{Version: journalVersion, Command: p.command, ID: id, Leave: p.leave}
	for _, f := range p.folders {
		j.Folders = append(j.Folders, f.path)
	}
	for _, e := range p.entries {
		j.Entries = append(j.Entries, line{Path: e.path, Before: stampOf(e.before), After: stampOf(e.after), Inside: e.inside})
	}
	return j
}

var (
	idForm      = regexp.MustCompile(`^[0-9a-f]{8}$`)
	sumForm     = regexp.MustCompile(`^([0-9a-f]{64})?$`)
	commandForm = regexp.MustCompile(`^[a-z][a-z -]{0,40}$`)
	recordForm  = regexp.MustCompile(`^[0-9]{6}$`)
)

// decodeJournal reads and checks a journal. It is untrusted: it may name only what a run could have written.
func decodeJournal(data []byte) (journal, error) {
	var j journal
	if err := decodeStrict(data, &j); err != nil {
		return j, err
	}
	switch {
	case j.Version != journalVersion:
		return j, fmt.Errorf("version %d is not known to this program (%d)", j.Version, journalVersion)
	case !idForm.MatchString(j.ID):
		return j, errors.New("no run's id")
	}
	if err := checkLines(j.Command, j.Entries); err != nil {
		return j, err
	}
	return j, checkFolders(j)
}

func decodeStrict(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("not in its form: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("not in its form: more follows its end")
	}
	return nil
}

func checkLines(command string, lines []line) error {
	if !commandForm.MatchString(command) {
		return errors.New("no command's name")
	}
	if len(lines) == 0 || len(lines) > maxEntries {
		return fmt.Errorf("%d entries", len(lines))
	}
	seen := map[string]bool{}
	for _, l := range lines {
		if err := checkTarget(l.Path); err != nil {
			return err
		}
		if seen[l.Path] {
			return fmt.Errorf("%q: named twice", l.Path)
		}
		seen[l.Path] = true
		for _, s := range []stamp{l.Before, l.After} {
			if !s.valid() {
				return fmt.Errorf("%q: no state of a file", l.Path)
			}
		}
		if l.After.Kind == kindFolder || l.Before.Kind == "" && l.After.Kind == "" {
			return fmt.Errorf("%q: no change", l.Path)
		}
	}
	return nil
}

func (s stamp) valid() bool {
	switch s.Kind {
	case "", kindFolder:
		return s.Sum == "" && s.Size == 0 && s.Mode&^fs.ModePerm == 0
	case kindFile:
		return sumForm.MatchString(s.Sum) && s.Size >= 0 && s.Size <= maxTotalBytes && s.Mode&^fs.ModePerm == 0
	}
	return false
}

// checkTarget checks a path that a journal or an undo record names: one that a render could name, or a file of the
// state.
func checkTarget(p string) error {
	name, ok := strings.CutPrefix(p, stateDir+"/")
	if !ok {
		return tree.CheckPath(p)
	}
	if stateLimit(name) > 0 {
		return tree.CheckPath(name)
	}
	if dir, base := path.Split(name); dir == undoDir+"/" && recordForm.MatchString(base) {
		return nil
	}
	for _, file := range own {
		if file.name == name {
			return nil
		}
	}
	return fmt.Errorf("%q: not a file of the state", p)
}

// checkFolders checks that the folders of a journal are those on the way to its entries.
func checkFolders(j journal) error {
	above := map[string]bool{stateDir: true, stateDir + "/" + undoDir: true}
	for _, l := range j.Entries {
		if l.Before.Kind == kindFile && l.After.Kind == "" {
			above[l.Path] = true // a file that makes room
		}
		for _, dir := range parents(l.Path) {
			above[dir] = true
		}
	}
	for _, dir := range slices.Concat(j.Folders, j.Leave) {
		if !above[dir] {
			return fmt.Errorf("%q: a folder of none of the files", dir)
		}
	}
	return nil
}

// writeWhole makes the file p by way of temp, synced; what stands at p is replaced. Errors name no path: its one caller does.
func writeWhole(sys system, temp, p string, data []byte) error {
	f, err := sys.create(temp, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = sys.syncFiles([]file{f})
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = sys.rename(temp, p)
	}
	return err
}
