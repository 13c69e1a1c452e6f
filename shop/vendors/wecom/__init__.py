"""WeCom (企业微信): the robot that writes into a group of our staff."""
