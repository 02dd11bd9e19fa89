using System.Net;
using System.Net.Sockets;

namespace PeerProxy.AppHost.Embedded;

/// <summary>Waits until something listens on a loopback port.</summary>
internal static class TcpProbe
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>True as soon as a connection succeeds, false if none did in time.</summary>
    internal static async Task<bool> WaitAsync(int port, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), deadline.Token);
                return true;
            }
            catch (SocketException)
            {
                // Not yet: the next try follows, or the deadline ends the loop.
                if (deadline.IsCancellationRequested)
                {
                    return false;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }
}
