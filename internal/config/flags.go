package config

import "strings"

// A scannedFlag is a flag of ours found among arguments; an empty key is --config.
type scannedFlag struct {
	name, key, value string
	missing          bool // it wants a value and there is none
	words            []string
}

// An argument is a word of the command line that is not ours.
type argument struct {
	index int
	text  string
}

// Split parts the words of a command line into the settings' flags, which go to Sources.Args, and the rest, which
// belongs to the command. Everything from "--" on is rest.
func Split(args []string) (ours, rest []string) {
	scanned, others := scan(args, settings(&Config{}))
	for _, f := range scanned {
		ours = append(ours, f.words...)
	}
	for _, a := range others {
		rest = append(rest, a.text)
	}
	return ours, rest
}

// NearestFlag is the name nearest to an unknown flag, among the settings' flags and the command's own ("--email").
func NearestFlag(name string, own ...string) string {
	return nearest(name, append(own, flagNames(settings(&Config{}))...))
}

func flagNames(all []setting) []string {
	names := make([]string, 0, len(all)+1)
	for _, s := range all {
		names = append(names, s.flag())
	}
	return append(names, configFlag)
}

// scan finds --key=value, --key value and, for a switch, --key alone.
func scan(args []string, all []setting) (ours []scannedFlag, rest []argument) {
	byFlag := map[string]setting{configFlag: {}}
	for _, s := range all {
		byFlag[s.flag()] = s
	}
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(args[i], "=")
		s, known := byFlag[name]
		if args[i] == "--" {
			for ; i < len(args); i++ {
				rest = append(rest, argument{i, args[i]})
			}
			break
		}
		if !known {
			rest = append(rest, argument{i, args[i]})
			continue
		}
		f := scannedFlag{name: name, key: s.key, value: value, words: args[i : i+1]}
		isSwitch := name != configFlag && s.kind() == kindBool
		next, hasNext := "", i+1 < len(args)
		if hasNext {
			next = args[i+1]
		}
		switch {
		case hasValue:
		case isSwitch && next != "true" && next != "false":
			f.value = "true"
		case !hasNext || strings.HasPrefix(next, "--"):
			f.missing = true
		default:
			f.value, f.words = next, args[i:i+2]
			i++
		}
		ours = append(ours, f)
	}
	return ours, rest
}
