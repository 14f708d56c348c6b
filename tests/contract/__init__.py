"""What the files say of each other: code, contract, templates, samples, READMEs."""
