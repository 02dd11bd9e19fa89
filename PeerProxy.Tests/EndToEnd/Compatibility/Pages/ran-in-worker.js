self.ranInWorker = true;
