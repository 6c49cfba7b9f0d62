"""Pages for residents: one more door beside the API, on the same services.

A *visit* is one request of a browser. A page is a plain function over a visit; it calls services and shows a template.
Everything works as links and forms; scripts only make it quicker. A form posts, its effect commits, and a redirect
leads to the page that shows it; a refusal comes back as the same page with a sentence where it belongs.

Nothing is loaded from elsewhere but map tiles, no script or style stands inside a page, every sentence is in the
catalogues, and nobody imports this room: deleting it leaves a depot without pages.
"""
