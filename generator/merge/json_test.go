package merge_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/merge"
)

func TestJSON(t *testing.T) {
	const base = "{\n  \"mcpServers\": {\n    \"docs\": {\n      \"command\": \"uvx\",\n      \"args\": [\"a\", \"b\"]\n    }\n  }\n}\n"
	tests := []struct{ name, base, yours, theirs, want string }{
		{
			"theirs adds a server beside yours", base,
			"{\n\t\"mcpServers\": {\n\t\t\"mine\": {\"command\": \"x\"},\n\t\t\"docs\": {\n\t\t\t\"command\": \"uvx\",\n\t\t\t\"args\": [\"a\", \"b\"]\n\t\t}\n\t}\n}\n",
			strings.Replace(base, "    }\n  }\n", "    },\n    \"git\": {\n      \"command\": \"git\",\n      \"env\": {\n        \"A\": \"1\"\n      }\n    }\n  }\n", 1),
			"{\n\t\"mcpServers\": {\n\t\t\"mine\": {\"command\": \"x\"},\n\t\t\"docs\": {\n\t\t\t\"command\": \"uvx\",\n\t\t\t\"args\": [\"a\", \"b\"]\n\t\t},\n\t\t\"git\": {\n\t\t\t\"command\": \"git\",\n\t\t\t\"env\": {\n\t\t\t\t\"A\": \"1\"\n\t\t\t}\n\t\t}\n\t}\n}\n",
		},
		{"order and odd formatting stay", `{"b":1,  "a" : 2 }`, `{"b":1,  "c":[ 1,2 ], "a" : 2 }`, `{"b": 9, "a": 2}`, `{"b":9,  "c":[ 1,2 ], "a" : 2 }`},
		{"deleted by theirs", `{"a": 1, "b": 2, "c": 3}`, `{"a": 1, "b": 2, "c": 3, "d": 4}`, `{"b": 2}`, `{"b": 2, "d": 4}`},
		{"all deleted", `{"a": {"x": 1}}`, `{"a": {"x": 1}, "b": 1}`, `{"a": {}}`, `{"a": {}, "b": 1}`},
		{"deleted by yours", `{"a": 1, "b": 2}`, `{"b": 2}`, `{"a": 1, "b": 3}`, `{"b": 3}`},
		{"into an empty object", `{}`, "{\n    \"x\": {}\n}\n", "{\n  \"x\": {\n    \"k\": [\n      1\n    ]\n  }\n}\n", "{\n    \"x\": {\n        \"k\": [\n            1\n        ]\n    }\n}\n"},
		{"into an empty text", `{}`, `{ }`, "{\n  \"x\": 1,\n  \"y\": 2\n}", "{\n  \"x\": 1,\n  \"y\": 2\n}"},
		{"new first key", `{"b": 1}`, `{"b": 1, "z": 0}`, `{"a": 1, "b": 1}`, `{"a": 1, "b": 1, "z": 0}`},
		{"order of theirs alone", `{"a": 1, "b": 2}`, `{"a": 1, "b": 2, "c": 3}`, `{"b": 2, "a": 1}`, `{"a": 1, "b": 2, "c": 3}`},
		{"both the same", `{"a": 1}`, `{"a": 2, "x": 1}`, `{"a":2,"y":1}`, `{"a": 2, "y": 1, "x": 1}`},
		{"both added an object", `{}`, `{"s": {"a": 1}}`, `{"s": {"b": 2}}`, `{"s": {"b": 2, "a": 1}}`},
		{"an array is a value", `{"a": [1]}`, `{"a": [1], "b": 1}`, `{"a": [1, 2]}`, `{"a": [1, 2], "b": 1}`},
		{"escapes are the same key", `{"é": 1}`, `{"\u00e9": 1, "x": 1}`, `{"é": 2}`, `{"\u00e9": 2, "x": 1}`},
		{"empty lines stay where they are", "{\n  \"a\": 1,\n\n  \"b\": 2\n}", "{\n  \"a\": 1,\n\n  \"b\": 2,\n  \"c\": 3\n}", "{\n  \"a\": 1,\n  \"n\": 0,\n  \"b\": 2\n}", "{\n  \"a\": 1,\n  \"n\": 0,\n\n  \"b\": 2,\n  \"c\": 3\n}"},
		{"compact stays compact", `{"a":1,"b":2}`, `{"a":1,"b":2,"m":0}`, "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": {\n    \"d\": 1\n  }\n}", `{"a":1,"b":2,"c":{"d":1},"m":0}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := merge.JSON([]byte(tt.base), []byte(tt.yours), []byte(tt.theirs))
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got.Data))
			require.Zero(t, got.Conflicts)
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	tests := []struct{ name, base, yours, theirs, want string }{
		{"twice in yours", `{}`, `{"a": 1, "a": 1}`, `{"b": 1}`, `yours: the key "a" stands twice`},
		{"twice by an escape", `{}`, `{}`, `{"a": 1, "\u0061": 1}`, `theirs: the key "\u0061" stands twice`},
		{"twice in an array", `{"a": [{"b": 1, "b": 2}]}`, `{}`, `{}`, "base: the key"},
		{"comment", `{}`, "{} // mine", `{}`, "yours: not valid JSON"},
		{"trailing comma", `{}`, `{"a": 1,}`, `{}`, "yours: not valid JSON"},
		{"list", `[]`, `[1]`, `[2]`, "base: not an object"},
		{"empty", ``, `{}`, `{}`, "base: not valid JSON"},
		{"deep", `{}`, `{"a": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, `{}`, "yours: nested deeper"},
		{"not UTF-8", `{}`, "{\"a\": \"\xff\"}", `{}`, "yours: not valid JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := merge.JSON([]byte(tt.base), []byte(tt.yours), []byte(tt.theirs))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// TestJSONByKey compares merges of random objects with a merge of the decoded values.
func TestJSONByKey(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	merged := 0
	for range 3000 {
		base := randomObject(random, 2)
		yours, theirs := editObject(random, base), editObject(random, base)
		b, y, s := encode(t, random, base), encode(t, random, yours), encode(t, random, theirs)
		got, err := merge.JSON(b, y, s)
		want, ok := mergeObjects(base, yours, theirs)
		require.NoError(t, err)
		require.Equal(t, ok, got.Conflicts == 0, "%s\n%s\n%s\n%s", b, y, s, got.Data)
		if ok {
			merged++
		}
		var decoded map[string]any
		require.NoError(t, json.Unmarshal(got.Data, &decoded), "%s\n%s\n%s\n%s", b, y, s, got.Data)
		require.Equal(t, want, decoded, "%s\n%s\n%s\n%s", b, y, s, got.Data)
	}
	require.Greater(t, merged, 500)
}

func randomObject(random *rand.Rand, depth int) map[string]any {
	object := map[string]any{}
	for range random.IntN(4) {
		object[string(rune('a'+random.IntN(6)))] = randomValue(random, depth)
	}
	return object
}

func randomValue(random *rand.Rand, depth int) any {
	switch kind := random.IntN(4); {
	case kind == 0 && depth > 0:
		return randomObject(random, depth-1)
	case kind == 1:
		return []any{float64(random.IntN(3)), "x"}
	case kind == 2:
		return fmt.Sprint("text ", random.IntN(3))
	}
	return float64(random.IntN(3))
}

func editObject(random *rand.Rand, object map[string]any) map[string]any {
	edited := map[string]any{}
	for key, value := range object {
		nested, isObject := value.(map[string]any)
		switch random.IntN(6) {
		case 0:
		case 1:
			edited[key] = randomValue(random, 1)
		default:
			if edited[key] = value; isObject {
				edited[key] = editObject(random, nested)
			}
		}
	}
	if random.IntN(2) == 0 {
		edited[string(rune('a'+random.IntN(9)))] = randomValue(random, 1)
	}
	return edited
}

func encode(t *testing.T, random *rand.Rand, object map[string]any) []byte {
	data, err := json.Marshal(object)
	if random.IntN(2) == 0 {
		data, err = json.MarshalIndent(object, "", []string{"  ", "\t", "    "}[random.IntN(3)])
	}
	require.NoError(t, err)
	return data
}

// mergeObjects merges decoded objects; ok is false where both sides changed one value, and yours stays.
func mergeObjects(base, yours, theirs map[string]any) (merged map[string]any, ok bool) {
	merged, ok = map[string]any{}, true
	keys := map[string]bool{}
	for _, side := range []map[string]any{yours, theirs} {
		for key := range side {
			keys[key] = true
		}
	}
	for key := range keys {
		b, inBase := base[key]
		y, inYours := yours[key]
		s, inTheirs := theirs[key]
		bObject, bIs := b.(map[string]any)
		yObject, yIs := y.(map[string]any)
		sObject, sIs := s.(map[string]any)
		switch {
		case inYours == inTheirs && reflect.DeepEqual(y, s), inBase == inTheirs && reflect.DeepEqual(b, s):
			if inYours {
				merged[key] = y
			}
		case yIs && sIs && (bIs || !inBase):
			nested, clean := mergeObjects(bObject, yObject, sObject)
			merged[key], ok = nested, ok && clean
		case inBase == inYours && reflect.DeepEqual(b, y):
			if inTheirs {
				merged[key] = s
			}
		default:
			if ok = false; inYours {
				merged[key] = y
			}
		}
	}
	return merged, ok
}

func TestJSONConflicts(t *testing.T) {
	tests := []struct{ name, base, yours, theirs, want, key string }{
		{"both changed", `{"a": 1}`, `{"a": 2}`, `{"a": 3}`, `{"a": 2}`, "a"},
		{"nested", `{"s": {"a": [1]}}`, `{"s": {"a": [2]}}`, `{"s": {"a": [3]}}`, `{"s": {"a": [2]}}`, "s.a"},
		{"both added", `{}`, `{"a": 2}`, `{"a": 3}`, `{"a": 2}`, "a"},
		{"edit and delete", `{"a": 1}`, `{"a": 2}`, `{}`, `{"a": 2}`, "a"},
		{"delete and edit", `{"a": 1}`, `{}`, `{"a": 2}`, `{}`, "a"},
		{"the rest merges", `{"s": {"a": 1, "b": 1}, "c": 1}`, `{"s": {"a": 2, "b": 1}, "c": 1}`, `{"s": {"a": 3, "b": 4}, "d": 5}`, `{"s": {"a": 2, "b": 4}, "d": 5}`, "s.a"},
		{"object against value", `{"a": {"b": 1}}`, `{"a": {"b": 2}}`, `{"a": 1}`, `{"a": {"b": 2}}`, "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := merge.JSON([]byte(tt.base), []byte(tt.yours), []byte(tt.theirs))
			require.NoError(t, err)
			require.Equal(t, merge.Result{Data: []byte(tt.want), Conflicts: 1, Keys: []string{tt.key}}, got)
		})
	}
}

func TestJSONIsBounded(t *testing.T) {
	var base, theirs strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&base, "\"key %d\": 1,\n", i)
		fmt.Fprintf(&theirs, "\"key %d\": 2,\n\"new %d\": 2,\n", i, i)
	}
	start := time.Now()
	_, err := merge.JSON([]byte("{"+base.String()+"\"x\": 1}"), []byte("{"+base.String()+"\"x\": 2}"), []byte("{"+theirs.String()+"\"x\": 1}"))
	require.NoError(t, err)
	require.Less(t, time.Since(start), 2*time.Minute)
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a": 1}`), []byte(`{"a": 1, "b": {}}`), []byte("{\n  \"a\": 2\n}"))
	f.Add([]byte(`{}`), []byte(`{"\ud800": [1, {"a": null}]}`), []byte(`{"x": {"y": [ ]}}`))
	f.Fuzz(func(t *testing.T, base, yours, theirs []byte) {
		got, err := merge.JSON(base, yours, theirs)
		if err != nil {
			return
		}
		require.True(t, json.Valid(got.Data), "%s", got.Data)
		again, err := merge.JSON(base, got.Data, theirs)
		require.NoError(t, err)
		require.Equal(t, string(got.Data), string(again.Data))
	})
}
