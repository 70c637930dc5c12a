"""The format of 2dehands.be and 2ememain.be, as reported: `.hz-Listing` cards and `window.__CONFIG__`."""
