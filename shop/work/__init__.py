"""One kind of to-do and case for every chapter: what is to be done, by whom, until when."""
