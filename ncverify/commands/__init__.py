"""The commands of `ncverify`, one file each: files and screens live here, the mathematics does not."""
