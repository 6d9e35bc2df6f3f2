package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
)

// hidden are the hidden fields of a page's form.
func hidden(page string) url.Values {
	fields := url.Values{}
	for _, input := range hiddenInput.FindAllStringSubmatch(page, -1) {
		fields.Set(input[1], html.UnescapeString(input[2]))
	}
	return fields
}

// signIn does what a person does at the sign-in page of this URL: it chooses a user, perhaps types a code, and
// returns where that leads, or the page that comes next.
func signIn(address, user string, more ...string) string {
	fields := hidden(body(need(http.Get(address))))
	fields.Set("user", user)
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

// followed signs in and goes back to the application, as a browser does: by the redirection, or by the form.
func followed(address string) error {
	go func() {
		next := signIn(address, user)
		if action := formAction.FindStringSubmatch(next); action != nil {
			_, _ = http.PostForm(html.UnescapeString(action[1]), hidden(next))
		} else {
			_, _ = http.Get(next)
		}
	}()
	return nil
}

func codeOf(location string) string {
	return need(url.Parse(location)).Query().Get("code")
}

func body(response *http.Response) string {
	defer response.Body.Close()
	return string(need(io.ReadAll(response.Body)))
}
