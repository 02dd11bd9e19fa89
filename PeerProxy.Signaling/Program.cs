using PeerProxy.Signaling;

SignalingApp.Build(args).Run();
