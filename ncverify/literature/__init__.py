"""Papers that come with ncverify: one package a paper, one file a numbered statement."""
