using System.Runtime.InteropServices;
using PeerProxy.Agent;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await AgentApp.RunAsync(args, Console.Out, Console.Error, stop.Token);

void Stop(PosixSignalContext context)
{
    // A second signal ends the process the hard way.
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
