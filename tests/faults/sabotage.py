"""What a run of the tests breaks in the program on purpose, to see that the tests notice."""
