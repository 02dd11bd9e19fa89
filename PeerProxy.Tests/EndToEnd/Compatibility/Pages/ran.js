window.ranScript = true;
