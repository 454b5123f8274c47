package jobs

var (
	BackOff  = backOff
	Jittered = jittered
)
