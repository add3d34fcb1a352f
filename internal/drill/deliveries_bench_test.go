package drill

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkDelivery lets the real binary bring one post to many servers, each with its own signature, and compares
// with what two cores that do nothing but sign would make.
func BenchmarkDelivery(b *testing.B) {
	limit := signatures(b)
	bin := binary(b)
	for _, hosts := range []int{1000, 3000} {
		b.Run(fmt.Sprintf("servers=%d", hosts), func(b *testing.B) {
			var took, cpu time.Duration
			delivered := 0
			for b.Loop() {
				s := newServer(b, bin, "")
				p := newPeers(b, hosts)
				s.start()
				token := s.person("alice")
				s.stop()
				s.followedFrom("alice", p.addresses)
				s.start()
				if _, err := s.post(http.DefaultClient, token, "warm", "to warm up: keys are made, servers become known"); err != nil {
					b.Fatal(err)
				}
				p.await(b, hosts)
				used, began := s.cpu(b), time.Now()
				if _, err := s.post(http.DefaultClient, token, "measured", "this one is measured"); err != nil {
					b.Fatal(err)
				}
				p.await(b, 2*hosts)
				took += time.Since(began)
				cpu += s.cpu(b) - used
				delivered += hosts
				s.stop()
			}
			perSecond := float64(delivered) / took.Seconds()
			b.ReportMetric(perSecond, "deliveries/s")
			b.ReportMetric(cpu.Seconds()*1000/float64(delivered), "cpu-ms/delivery")
			b.ReportMetric(limit, "signatures/s")
			b.ReportMetric(100*float64(runtime.NumCPU())/(cpu.Seconds()/float64(delivered))/limit, "%of-limit-by-cpu")
		})
	}
}

// await waits until so many deliveries have arrived.
func (p *peers) await(b *testing.B, n int) {
	b.Helper()
	for deadline := time.Now().Add(5 * time.Minute); p.arrived() < n; {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d deliveries have arrived", p.arrived(), n)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// signatures is how many this machine makes in a second with all its cores, counted by CPU time, so that others'
// load does not count.
func signatures(b *testing.B) float64 {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("a request"))
	const each = 500
	used := ourCPU(b)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for range each {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := float64(each * runtime.NumCPU())
	return n / (ourCPU(b) - used).Seconds() * float64(runtime.NumCPU())
}

// ourCPU is this process's time so far.
func ourCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
