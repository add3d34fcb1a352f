package drill

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
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
				s.followedFrom("alice", 1, p.addresses)
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

// BenchmarkDeliveryAmidTheDead posts to 9,000 followers on 3,000 servers of which 40 % take connections and never answer,
// 10 % refuse them and 5 % ask for time. It prints when the living have it, of the first post there ever was ("cold":
// nobody knows who is dead) and of the next, and how long others here wait for their posts before and meanwhile.
func BenchmarkDeliveryAmidTheDead(b *testing.B) {
	bin := binary(b)
	for b.Loop() {
		const hosts = 3000
		s := newServer(b, bin, "")
		p := newPeers(b, hosts)
		var alive []string
		for i, a := range p.addresses {
			switch {
			case i%20 < 8:
				p.mode[a] = "hangs"
			case i%20 < 10:
				host, _, err := net.SplitHostPort(a)
				if err != nil {
					b.Fatal(err)
				}
				p.addresses[i] = host + ":1" // nobody listens there
			case i%20 < 11:
				p.mode[a] = "busy"
			default:
				alive = append(alive, a)
			}
		}
		s.start()
		alice, bob := s.person("alice"), s.person("bob")
		s.stop()
		s.followedFrom("alice", 3, p.addresses)
		s.start()
		before := s.posting(b, bob, "before", func() bool { return true })
		for round, name := range []string{"cold", "warm"} {
			began := time.Now()
			if _, err := s.post(http.DefaultClient, alice, name, "drill "+name); err != nil {
				b.Fatal(err)
			}
			meanwhile := s.posting(b, bob, name, func() bool { return p.arrived() >= (round+1)*len(alive) })
			p.await(b, (round+1)*len(alive))
			waits := p.waits("<p>drill "+name+"</p>", began)
			b.ReportMetric(waits[len(waits)/2].Seconds(), name+"-p50-s")
			b.ReportMetric(waits[len(waits)*99/100].Seconds(), name+"-p99-s")
			b.ReportMetric(float64(meanwhile[len(meanwhile)*99/100].Microseconds())/1000, name+"-local-p99-ms")
		}
		b.ReportMetric(float64(before[len(before)*99/100].Microseconds())/1000, "quiet-local-p99-ms")
		s.stop()
	}
}

// posting lets somebody whom nobody follows post one after the other, at least a hundred times and until done, and
// gives how long each took, sorted.
func (s *server) posting(b *testing.B, token, key string, done func() bool) (took []time.Duration) {
	b.Helper()
	for i := 0; i < 100 || !done() && i < 10_000; i++ {
		began := time.Now()
		if _, err := s.post(http.DefaultClient, token, fmt.Sprintf("%s-%d", key, i), fmt.Sprintf("%s %d", key, i)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took
}

// waits are how long after a moment a text came to each server that has it, sorted.
func (p *peers) waits(text string, since time.Time) (took []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.words[text] {
		for _, host := range p.addresses {
			if at, came := p.came[host+" "+id]; came {
				took = append(took, at.Sub(since))
			}
		}
	}
	slices.Sort(took)
	return took
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
