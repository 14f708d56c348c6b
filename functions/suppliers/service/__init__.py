"""Use cases of the suppliers room: take applications, admit suppliers, keep their terms, let them leave."""
