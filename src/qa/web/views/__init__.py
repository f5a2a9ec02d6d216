"""What is shown, as HTML: made on the server, every part of it escaped."""
