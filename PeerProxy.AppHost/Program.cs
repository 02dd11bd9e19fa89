using PeerProxy.AppHost.Embedded;

#if ASPIRE
using PeerProxy.AppHost.Aspire;

// Two worlds, one command: the app model where its orchestrator is installed, everything in this process where it is not.
if (AspireModel.CanRun(args))
{
    return await AspireModel.RunAsync(args);
}
#endif

return await EmbeddedCommand.RunAsync(args);
