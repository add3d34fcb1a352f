package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"gomphothere/internal/config"
)

// keys are the keys of every setting, as a program sees them.
func keys(t testing.TB) []string {
	t.Helper()
	l, err := load("", nil, "--development")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := l.PrintJSON(&b); err != nil {
		t.Fatal(err)
	}
	var out struct{ Settings []struct{ Key string } }
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range out.Settings {
		all = append(all, s.Key)
	}
	return all
}

// typos are all words one deletion, insertion, substitution or swap of neighbours away.
func typos(word, alphabet string) []string {
	seen := map[string]bool{word: true}
	var all []string
	add := func(typo string) {
		if !seen[typo] {
			seen[typo] = true
			all = append(all, typo)
		}
	}
	for i := range len(word) + 1 {
		for _, c := range alphabet {
			add(word[:i] + string(c) + word[i:])
		}
		if i == len(word) {
			break
		}
		add(word[:i] + word[i+1:])
		for _, c := range alphabet {
			add(word[:i] + string(c) + word[i+1:])
		}
		if i+1 < len(word) {
			add(word[:i] + word[i+1:i+2] + word[i:i+1] + word[i+2:])
		}
	}
	return all
}

func envName(key string) string {
	return "GOMPHOTHERE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// inSection writes a dotted key as an operator would: below its section.
func inSection(key string) string {
	if section, name, ok := strings.Cut(key, "."); ok && strings.Count(key, ".") == 1 {
		return "[" + section + "]\n" + name + " = 1\n"
	}
	return key + " = 1\n"
}

func TestEverySlipOfTheFingerIsRefusedAndTheRightNameSuggested(t *testing.T) {
	t.Parallel()
	const lower, upper = "abcdefghijklmnopqrstuvwxyz_-.0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
	for _, place := range []struct {
		name, alphabet string
		spell          func(key string) string
		load           func(typos []string) error
		batch          int    // slips in one load; a file is one slip, because one may spoil its syntax
		extra          string // a name that is valid without being a key
	}{
		{"file", strings.Trim(lower, "123456789"), // one digit stands for all: a file is loaded for every slip
			func(key string) string { return key }, func(typos []string) error {
				_, err := load("development = true\n"+inSection(typos[0]), nil)
				return err
			}, 1, ""},
		{"environment", upper, envName, func(typos []string) error {
			env := []string{"GOMPHOTHERE_DEVELOPMENT=true"}
			for _, typo := range typos {
				env = append(env, typo+"=1")
			}
			_, err := load("", env)
			return err
		}, 100, "GOMPHOTHERE_CONFIG"},
		{"flag", lower, func(key string) string { return "--" + key }, func(typos []string) error {
			args := []string{}
			for _, typo := range typos {
				args = append(args, typo+"=1")
			}
			_, err := load("development = true\n", nil, args...)
			return err
		}, 100, "--config"},
	} {
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			var names []string
			valid := map[string]bool{}
			for _, key := range keys(t) {
				names = append(names, place.spell(key))
			}
			if place.extra != "" {
				names = append(names, place.extra)
			}
			for _, name := range names {
				valid[name] = true
			}
			tried, right := 0, 0
			for _, name := range names {
				wrong := slices.DeleteFunc(typos(name, place.alphabet), func(typo string) bool { return valid[typo] })
				tried += len(wrong)
				for batch := range slices.Chunk(wrong, place.batch) {
					var problems config.Problems
					if err := place.load(batch); !errors.As(err, &problems) || len(problems) != len(batch) {
						t.Fatalf("one of %q is taken for something: %v", batch, err)
					}
					for _, p := range problems {
						if strings.HasSuffix(p.Text, "did you mean "+name+"?") {
							right++
						}
					}
				}
			}
			share := float64(right) / float64(tried)
			t.Logf("%d slips refused, the suggestion right in %.2f %%", tried, 100*share)
			if tried < 1000*len(names)/2 || share < 0.95 {
				t.Errorf("%d slips of %d names, the suggestion right in %.2f %%; want 95 %%", tried, len(names), 100*share)
			}
		})
	}
}

func TestNoTwoSettingsShareAVariable(t *testing.T) {
	t.Parallel()
	seen := map[string]string{"GOMPHOTHERE_CONFIG": "--config"}
	for _, key := range keys(t) {
		if other, taken := seen[envName(key)]; taken {
			t.Errorf("%s and %s are both %s", key, other, envName(key))
		}
		seen[envName(key)] = key
		if strings.Count(key, ".") > 1 {
			t.Errorf("%s is deeper than a section", key)
		}
	}
}
