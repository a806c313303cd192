package generator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ dir, title, slug string }{
		{"shop", "Shop", "shop"},
		{"/a/b/my-shop_2", "My Shop 2", "my-shop-2"},
		{"Café's bar", "Café S Bar", "cafe-s-bar"},
		{"имя", "Имя", "project"},
		{"...", "Project", "project"},
	} {
		require.Equal(t, tt.title, titleOf(tt.dir))
		require.Equal(t, tt.slug, slugOf(titleOf(tt.dir)))
	}
	require.Equal(t, "cafes-bar", slugOf("Café's bar"))
}
