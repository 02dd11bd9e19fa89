using PeerProxy.WebClient;

EdgeApp.Build(args).Run();
