package generator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	set, err := OpenSet("")
	require.NoError(t, err)
	for _, tt := range []struct{ dir, title, slug string }{
		{"shop", "Shop", "shop"},
		{"/a/b/my-shop_2", "My Shop 2", "my-shop-2"},
		{"Café's bar", "Café S Bar", "cafe-s-bar"},
		{"имя", "Имя", "project"},
		{"...", "Project", "project"},
		{"u\u0308ber-laden", "Über Laden", "uber-laden"},
		{"प्रोजेक्ट", "प्रोजेक्ट", "project"},
		{"this-is-a-very-long-project-folder-name-for-our-company", "This Is A Very Long Project Folder Name", "this-is-a-very-long-project-folder-name"},
		{strings.Repeat("a", 41), "Project", "project"},
	} {
		require.Equal(t, tt.title, titleOf(set, tt.dir))
		require.Equal(t, tt.slug, slugOf(titleOf(set, tt.dir)))
	}
	require.Equal(t, "cafes-bar", slugOf("Café's bar"))
}
