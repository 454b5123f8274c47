package jobs

import (
	"fmt"
	"log/slog"
)

// logger writes what Asynq has to say where everything else is written.
type logger struct{}

func (logger) Debug(args ...any) { slog.Debug("asynq", "says", fmt.Sprint(args...)) }
func (logger) Info(args ...any)  { slog.Info("asynq", "says", fmt.Sprint(args...)) }
func (logger) Warn(args ...any)  { slog.Warn("asynq", "says", fmt.Sprint(args...)) }
func (logger) Error(args ...any) { slog.Error("asynq", "says", fmt.Sprint(args...)) }

// Fatal is what Asynq calls before it would end the process. The outbox keeps
// everything, so the process goes on.
func (logger) Fatal(args ...any) { slog.Error("asynq", "says", fmt.Sprint(args...)) }
