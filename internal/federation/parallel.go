package federation

import (
	"errors"
	"sync"
)

// errEnough ends a walk that has found what it was for.
var errEnough = errors.New("enough")

// inParallel does something n times, at most so many at once, and waits for all.
func inParallel(most, n int, do func(i int)) {
	slots := make(chan struct{}, most)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	wg.Wait()
}
