package mail

// Compose lets a benchmark measure a letter without a server.
func Compose(letter Letter) error {
	_, err := compose(letter)
	return err
}
