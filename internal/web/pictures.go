// Package web is what the server shows to browsers beside the pages of oauth: the pictures of those who have none.
package web

import (
	"embed"
	"net/http"

	"gomphothere/internal/entity"
)

//go:embed pictures
var pictureFiles embed.FS

// pictures are the server's own, by their paths. They change with the binary only.
// constant: Go has no constant slices
var pictures = []struct{ path, file, kind string }{
	{entity.DefaultAvatar, "avatar.png", "image/png"},
	{entity.DefaultHeader, "header.png", "image/png"},
	{entity.DefaultThumbnail, "thumbnail.png", "image/png"},
	{"/favicon.ico", "favicon.ico", "image/x-icon"},
	{"/apple-touch-icon.png", "touch.png", "image/png"},
}

// pictureAge is how long nobody asks again: a day, so that a new release's pictures arrive by tomorrow.
const pictureAge = "public, max-age=86400"

// Pictures adds the server's own pictures to what it serves.
func Pictures(mux *http.ServeMux) {
	for _, p := range pictures {
		mux.HandleFunc("GET "+p.path, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", p.kind)
			h.Set("Cache-Control", pictureAge)
			h.Set("Access-Control-Allow-Origin", "*") // apps in browsers draw them
			http.ServeFileFS(w, r, pictureFiles, "pictures/"+p.file)
		})
	}
}
