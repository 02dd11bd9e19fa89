using PeerProxy.AppHost.Embedded;

#if ASPIRE
// Two worlds, one command: the app model where its orchestrator is installed, everything in this process where it is not.
if (PeerProxy.AppHost.AspireModel.CanRun(args))
{
    return await PeerProxy.AppHost.AspireModel.RunAsync(args);
}
#endif

return await EmbeddedCommand.RunAsync(args);
