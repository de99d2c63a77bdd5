"""/review: pictures of people who are not trusted yet, one by one."""
