package render

import (
	"context"
	"io"
	"maps"
	"slices"
)

// Functions are the names that a template can call beside those of text/template.
func Functions() []string {
	return slices.Sorted(maps.Keys(functions(newLimits(context.Background()), io.LimitReader(nil, 0))))
}

// Escapers are the helpers by name.
var Escapers = map[string]func(string) (string, error){
	"pyString": pyString, "tomlString": tomlString, "yamlString": yamlString, "jsonString": jsonString, "shString": shString, "mdText": mdText,
}
