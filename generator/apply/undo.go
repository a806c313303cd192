package apply

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/changeset"
)

// Undo records are numbered files; the newest maxRecords are kept.
const (
	maxRecords     = 20
	maxRecordBytes = 256 << 20 // as stored
)

// ErrNothingToUndo is what Undo returns when no change is recorded.
var ErrNothingToUndo = errors.New("nothing to undo: no change is recorded in " + stateDir + "/" + undoDir)

// EditedError refuses an undo: these paths are no longer what the change made of them.
type EditedError struct {
	Command string
	Paths   []string
}

func (e *EditedError) Error() string {
	return fmt.Sprintf("undo of `scaffold %s` changes nothing: edited since: %s; take your edits back first, or keep both and edit by hand", e.Command, strings.Join(e.Paths, ", "))
}

// UndoReport says what an undo took back, or would.
type UndoReport struct {
	Command string            // the change that is taken back
	Writes  []changeset.Write // in path order; Before is what is there now
	State   []string          // files below .scaffold/ that change
}

// record is an undo record: one line of JSON, then the bytes of each file that was there before, in order.
type record struct {
	Version int      `json:"version"`
	Command string   `json:"command"`
	Entries []line   `json:"entries"`
	Made    []string `json:"made,omitempty"` // folders that the change made
	Left    []line   `json:"left,omitempty"` // folders that it may have left empty, with their modes before
}

func recordNames(sys system) ([]string, error) {
	node, err := look(sys, stateDir+"/"+undoDir, true)
	if err != nil {
		return nil, err
	}
	if node.Kind != changeset.Absent && node.Kind != changeset.Folder {
		return nil, fmt.Errorf("%s/%s: %s where a folder belongs", stateDir, undoDir, kindName(node.Kind))
	}
	var names []string
	for _, name := range node.Children {
		if recordForm.MatchString(name) {
			names = append(names, path.Join(stateDir, undoDir, name))
		}
	}
	return names, nil
}

func nextRecord(sys system) (string, error) {
	names, err := recordNames(sys)
	if err != nil {
		return "", err
	}
	last := 0
	if len(names) > 0 {
		last, _ = strconv.Atoi(path.Base(names[len(names)-1])) // recordForm holds
	}
	if last >= 999_999 {
		return "", fmt.Errorf("%s/%s: no number is left; delete the folder", stateDir, undoDir)
	}
	return fmt.Sprintf("%s/%s/%06d", stateDir, undoDir, last+1), nil
}

// prune removes the oldest records beyond maxRecords.
func prune(sys system) error {
	names, err := recordNames(sys)
	if err != nil {
		return err
	}
	for _, name := range names[:max(0, len(names)-maxRecords)] {
		if err := sys.remove(name); err != nil && !missing(err) {
			return named(name, err)
		}
	}
	return nil
}

// writeRecord writes the undo record, which is the last entry of the plan.
func (r *run) writeRecord(ctx context.Context, last int) error {
	data, err := r.encodeRecord(last)
	if err != nil {
		return err
	}
	e := r.plan.entries[last]
	e.after.Data = data
	if err := r.writeTemps(ctx, last, last+1); err != nil || r.direct {
		return err
	}
	return r.bring(last, e)
}

func (r *run) encodeRecord(last int) ([]byte, error) {
	rec := record{Version: journalVersion, Command: r.plan.command, Made: r.journal.Folders}
	for _, dir := range r.plan.leave {
		node, err := look(r.sys, dir, false)
		if err != nil {
			return nil, err
		}
		if node.Kind == changeset.Folder {
			rec.Left = append(rec.Left, line{Path: dir, Before: stampOf(node)})
		}
	}
	var blobs [][]byte
	for _, e := range r.plan.entries[:last] {
		rec.Entries = append(rec.Entries, line{Path: e.path, Before: stampOf(e.before), After: stampOf(e.after), Secret: e.secret})
		if e.before.Kind == changeset.Regular && !e.secret {
			blobs = append(blobs, e.before.Data)
		}
	}
	if err := checkRecord(rec); err != nil {
		return nil, fmt.Errorf("this change can't be recorded: %w", err)
	}
	head, err := json.Marshal(rec)
	if err != nil {
		return nil, named(undoDir, err)
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one
	for _, part := range append([][]byte{head, {'\n'}}, blobs...) {
		if _, err := z.Write(part); err != nil {
			return nil, named(undoDir, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, named(undoDir, err)
	}
	return out.Bytes(), nil
}

// readRecord reads and checks an undo record, and the bytes of before by path. It is untrusted. The records before one that is
// damaged start from what its change made, so they are given up with it.
func readRecord(sys system, name string) (record, map[string][]byte, error) {
	var rec record
	data, _, err := read(sys, name, maxRecordBytes)
	if err != nil {
		return rec, nil, err
	}
	blobs, err := decodeRecord(data, &rec)
	if err != nil {
		return rec, nil, fmt.Errorf("%s: damaged: %w; nothing was touched; delete this file to give up this undo and those before it", name, err)
	}
	return rec, blobs, nil
}

func decodeRecord(data []byte, rec *record) (map[string][]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(z, maxTotalBytes))
	head, err := readLine(in)
	if err != nil {
		return nil, err
	}
	if err := decodeStrict(head, rec); err != nil {
		return nil, err
	}
	if rec.Version != journalVersion {
		return nil, fmt.Errorf("version %d is not known to this program (%d)", rec.Version, journalVersion)
	}
	if err := checkRecord(*rec); err != nil {
		return nil, err
	}
	blobs := map[string][]byte{}
	for _, l := range rec.Entries {
		if l.Before.Kind != kindFile || l.Secret {
			continue
		}
		blob, err := io.ReadAll(io.LimitReader(in, l.Before.Size))
		if err != nil {
			return nil, err
		}
		if !l.Before.holds(changeset.Node{Kind: changeset.Regular, Data: blob}) {
			return nil, fmt.Errorf("%q: not the bytes that it was", l.Path)
		}
		blobs[l.Path] = blob
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows its end")
	}
	return blobs, nil
}

func readLine(in *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		part, err := in.ReadSlice('\n')
		if head = append(head, part...); len(head) > maxJournalBytes {
			return nil, errors.New("its first line is too long")
		}
		if err == nil {
			return head, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

func checkRecord(rec record) error {
	if err := checkLines(rec.Command, rec.Entries); err != nil {
		return err
	}
	j := journal{Entries: rec.Entries, Folders: rec.Made}
	for _, l := range rec.Left {
		if !l.Before.valid() || l.Before.Kind != kindFolder || l.After != (stamp{}) {
			return fmt.Errorf("%q: no state of a folder", l.Path)
		}
		j.Leave = append(j.Leave, l.Path)
	}
	for _, l := range rec.Entries {
		if strings.HasPrefix(l.Path, stateDir+"/"+undoDir+"/") {
			return fmt.Errorf("%q: a record of records", l.Path)
		}
		if l.Before.Kind == kindFile && l.Before.Sum == "" || l.After.Kind == kindFile && l.After.Sum == "" {
			return fmt.Errorf("%q: no state of a file", l.Path)
		}
	}
	return checkFolders(j)
}

// Undo takes back the last recorded change, or with dryRun says what that would be. It refuses with an EditedError
// when a path is not what the change made of it. The change before it is then the last.
func (l *Lock) Undo(ctx context.Context, dryRun bool) (UndoReport, error) {
	if _, err := stateNames(l.sys); err != nil {
		return UndoReport{}, err
	}
	names, err := recordNames(l.sys)
	if err != nil {
		return UndoReport{}, err
	}
	if len(names) == 0 {
		return UndoReport{}, ErrNothingToUndo
	}
	name := names[len(names)-1]
	rec, blobs, err := readRecord(l.sys, name)
	if err != nil {
		return UndoReport{}, err
	}
	p, err := undoPlan(l.sys, rec, blobs)
	if err != nil {
		return UndoReport{}, err
	}
	report := reportOf(p)
	if dryRun {
		return report, nil
	}
	if err := p.retire(l.sys, name); err != nil {
		return UndoReport{}, err
	}
	r := run{sys: l.sys, plan: p}
	if err := r.do(ctx); err != nil {
		return UndoReport{}, err
	}
	return report, nil
}

func reportOf(p *plan) UndoReport {
	report := UndoReport{Command: p.command}
	for _, e := range p.entries {
		if name, ok := strings.CutPrefix(e.path, stateDir+"/"); ok {
			report.State = append(report.State, name)
			continue
		}
		report.Writes = append(report.Writes, changeset.Write{Path: e.path, Before: e.before, After: e.after, Secret: e.secret})
	}
	slices.SortFunc(report.Writes, func(a, b changeset.Write) int { return strings.Compare(a.Path, b.Path) })
	return report
}

// undoPlan makes the plan that takes a record back.
func undoPlan(sys system, rec record, blobs map[string][]byte) (*plan, error) {
	p := &plan{command: rec.Command}
	var edited []string
	now := map[string]changeset.Node{}
	for _, l := range rec.Entries {
		node, err := look(sys, l.Path, true)
		if err != nil {
			return nil, err
		}
		now[l.Path] = node
		grown := l.After.Kind == "" && node.Kind == changeset.Folder && slices.Contains(rec.Made, l.Path)
		if !l.After.matches(node) && !l.Before.matches(node) && !grown {
			edited = append(edited, l.Path)
		}
	}
	if len(edited) > 0 {
		return nil, &EditedError{Command: rec.Command, Paths: edited}
	}
	for _, l := range rec.Entries {
		if l.Before.matches(now[l.Path]) {
			continue
		}
		after, err := before(l, rec, blobs, now)
		if err != nil {
			return nil, err
		}
		p.add(&entry{path: l.Path, before: now[l.Path], after: after, secret: l.Secret, exact: true})
	}
	return p, p.arrangeUndo(sys, rec)
}

// matches is holds with the mode.
func (s stamp) matches(node changeset.Node) bool {
	return s.holds(node) && (s.Kind != kindFile || s.Mode == node.Mode.Perm())
}

// before is what a record's entry was before. The bytes of a secret are in no record: they can be had when the change
// moved them to another path.
func before(l line, rec record, blobs map[string][]byte, now map[string]changeset.Node) (changeset.Node, error) {
	switch {
	case l.Before.Kind == kindFolder:
		return changeset.Node{Kind: changeset.Folder, Mode: l.Before.Mode}, nil
	case l.Before.Kind == "":
		return changeset.Node{}, nil
	case !l.Secret:
		return changeset.Node{Kind: changeset.Regular, Mode: l.Before.Mode, Data: blobs[l.Path]}, nil
	}
	for _, other := range rec.Entries {
		if l.Before.holds(now[other.Path]) {
			return changeset.Node{Kind: changeset.Regular, Mode: l.Before.Mode, Data: now[other.Path].Data}, nil
		}
	}
	return changeset.Node{}, fmt.Errorf("%s: undo can't bring back a secret, whose bytes are in no record; nothing was changed", l.Path)
}

// arrangeUndo arranges the plan, with the folders of the record: those that the change made go, and those that it
// left empty get their modes back.
func (p *plan) arrangeUndo(sys system, rec record) error {
	if err := p.arrange(sys); err != nil {
		return err
	}
	modes := map[string]fs.FileMode{}
	for _, l := range rec.Left {
		modes[l.Path] = l.Before.Mode
	}
	for i, f := range p.folders {
		if f.mode == 0 {
			p.folders[i].mode = modes[f.path]
		}
	}
	p.leave = slices.Sorted(slices.Values(rec.Made))
	slices.Reverse(p.leave)
	return nil
}

// retire adds the removal of the record itself.
func (p *plan) retire(sys system, name string) error {
	data, mode, err := read(sys, name, maxRecordBytes)
	if err != nil {
		return err
	}
	p.entries = append(p.entries, &entry{path: name, before: changeset.Node{Kind: changeset.Regular, Data: data, Mode: mode}})
	above := map[string]bool{}
	for _, e := range p.entries {
		for _, dir := range parents(e.path) {
			above[dir] = e.after.Kind == changeset.Absent || above[dir]
		}
	}
	p.leave = slices.DeleteFunc(p.leave, func(dir string) bool { return !above[dir] })
	return nil
}
