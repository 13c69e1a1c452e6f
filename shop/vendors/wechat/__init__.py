"""WeChat: sign-in, mini-program messages, and WeChat Pay v3."""
