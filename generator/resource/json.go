package resource

import "encoding/json"

// MarshalJSON writes the string form, whichever form was read, and not the line: equal fields have equal JSON.
func (f FieldSpec) MarshalJSON() ([]byte, error) { return json.Marshal(f.String()) }

// UnmarshalJSON reads the string form.
func (f *FieldSpec) UnmarshalJSON(data []byte) error {
	*f = FieldSpec{}
	return json.Unmarshal(data, &f.Text)
}
