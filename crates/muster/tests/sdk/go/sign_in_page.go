package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// signIn does what a person does at the sign-in page of this URL: it chooses a user, perhaps types a code, and
// returns where that leads, or the page that says it is done.
func signIn(address, user string, more ...string) string {
	response := need(http.Get(address))
	fields := url.Values{"user": {user}}
	for _, input := range hiddenInput.FindAllStringSubmatch(body(response), -1) {
		fields.Set(input[1], html.UnescapeString(input[2]))
	}
	for at := 0; at+1 < len(more); at += 2 {
		fields.Set(more[at], more[at+1])
	}
	page, _, _ := strings.Cut(address, "?")
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := need(stay.PostForm(page, fields))
	if location := answer.Header.Get("Location"); location != "" {
		return location
	}
	return body(answer)
}

// followed signs in and goes where that leads, as a browser does.
func followed(address string) error {
	go func() { _, _ = http.Get(signIn(address, user)) }()
	return nil
}

func codeOf(location string) string {
	return need(url.Parse(location)).Query().Get("code")
}

func body(response *http.Response) string {
	defer response.Body.Close()
	return string(need(io.ReadAll(response.Body)))
}
