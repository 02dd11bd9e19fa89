return await PeerProxy.Bench.BenchCommandLine.RunAsync(args);
