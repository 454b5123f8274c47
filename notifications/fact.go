package notifications

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kumun/kumun/internal/fault"
)

func isNoRow(err error) bool { return errors.Is(err, sql.ErrNoRows) || errors.Is(err, fault.NotFound) }

// read decodes what a fact carries.
func read[T any](payload json.RawMessage) (fact T, err error) {
	if err := json.Unmarshal(payload, &fact); err != nil {
		return fact, fmt.Errorf("read fact: %w", err)
	}
	return fact, nil
}
