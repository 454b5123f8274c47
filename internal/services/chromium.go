package services

import "os"

// Chromium is the path of a browser of that family, without windows if there is
// one: that takes two thirds of the time.
func Chromium(t TB) string {
	t.Helper()
	if path, found := findProgram("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"); found {
		return path
	}
	for _, path := range []string{
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%v", missing("Chromium", "chromium", "--cask chromium"))
	return ""
}
