package answers

import "example.com/scaffold/generator/layer"

// Typed reads a text as an answer to the question, as --set does, and validates it.
func Typed(q layer.Question, text string) (any, error) {
	value, err := parse(q, text)
	return value, fit(q, value, err)
}
