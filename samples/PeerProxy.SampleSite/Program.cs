using PeerProxy.SampleSite;

SampleSiteApp.Build(args).Run();
