"""What a person does at the sign-in pages: choose a user, perhaps type a code or accept, and follow the way back."""

from html.parser import HTMLParser

import requests


class Form(HTMLParser):
    """The first form of a page: where it goes, and what is hidden in it."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes.get("action")
        if tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]


def sign_in(url, user, **more):
    """Signs in at the page of this URL; the answer after the last step, which may be a redirection."""
    page = requests.get(url, timeout=10)
    assert page.status_code == 200 and "Choose who signs in" in page.text, page.text
    fields = Form(page.text).fields | {"user": user} | more
    answer = requests.post(url.split("?")[0], data=fields, timeout=10, allow_redirects=False)
    if answer.status_code == 200 and "Permissions requested" in answer.text:
        fields = Form(answer.text).fields | {"answer": "accept"}
        answer = requests.post(url.split("?")[0], data=fields, timeout=10, allow_redirects=False)
    return answer


def follow(answer):
    """Goes back to the application, as a browser does: by the redirection, or by the form."""
    if "Location" in answer.headers:
        return requests.get(answer.headers["Location"], timeout=10)
    form = Form(answer.text)
    return requests.post(form.action, data=form.fields, timeout=10)
