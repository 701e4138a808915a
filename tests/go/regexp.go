// Answers for tests/conformance/go.rs: what Go's own packages say. Reads lines of JSON, writes one line of JSON for each.
//
// {"pattern": "...", "texts": ["...", ...]} gives {"error": "...", "found": [true, ...]}
// {"float": "..."}                          gives {"bits": "..."}, the bits of the number, or {"error": "..."}
// {"cidr": "...", "texts": [...]}           gives {"error": "...", "found": [...]}: is each of the addresses inside
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"regexp"
	"strconv"
)

type question struct {
	Pattern *string  `json:"pattern"`
	Float   *string  `json:"float"`
	CIDR    *string  `json:"cidr"`
	Texts   []string `json:"texts"`
}

type answer struct {
	Error string `json:"error,omitempty"`
	Bits  string `json:"bits,omitempty"`
	Found []bool `json:"found,omitempty"`
}

func answerTo(q question) (a answer) {
	switch {
	case q.Pattern != nil:
		compiled, err := regexp.Compile(*q.Pattern)
		if err != nil {
			return answer{Error: err.Error()}
		}
		for _, text := range q.Texts {
			a.Found = append(a.Found, compiled.MatchString(text))
		}
	case q.Float != nil:
		number, err := strconv.ParseFloat(*q.Float, 64)
		if err != nil {
			return answer{Error: err.Error()}
		}
		a.Bits = fmt.Sprint(math.Float64bits(number))
	case q.CIDR != nil:
		_, network, err := net.ParseCIDR(*q.CIDR)
		if err != nil {
			return answer{Error: err.Error()}
		}
		for _, text := range q.Texts {
			address := net.ParseIP(text)
			a.Found = append(a.Found, address != nil && network.Contains(address))
		}
	}
	return a
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			bytes, _ := json.Marshal(answerTo(q))
			out.Write(append(bytes, '\n'))
		}
		if err != nil {
			return
		}
	}
}
