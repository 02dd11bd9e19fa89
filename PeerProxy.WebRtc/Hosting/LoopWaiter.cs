using System.Net;
using System.Net.Sockets;
using PeerProxy.WebRtc.Hosting.Linux;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>Lets the loop sleep until a datagram comes, time is over, or another thread calls <see cref="Wake"/>.</summary>
internal sealed class LoopWaiter : IDisposable
{
    private static readonly byte[] _wakeByte = [1];

    private readonly Socket _wake;
    private readonly byte[] _drain = new byte[64];
    private readonly List<Socket> _readable = [];
    private LinuxSockets.PollDescriptor[] _descriptors = [];
    private IReadOnlyList<UdpPort> _ports = [];
    private int _isWakePending;

    public LoopWaiter()
    {
        // A socket connected to itself: the portable way to end a wait from outside.
        _wake = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    public void SetPorts(IReadOnlyList<UdpPort> ports)
    {
        _ports = ports;
        _descriptors = new LinuxSockets.PollDescriptor[ports.Count + 1];
        for (var i = 0; i < ports.Count; i++)
        {
            _descriptors[i].Socket = (int)ports[i].Socket.SafeHandle.DangerousGetHandle();
            _descriptors[i].Events = LinuxSockets.PollIn;
        }

        _descriptors[^1].Socket = (int)_wake.SafeHandle.DangerousGetHandle();
        _descriptors[^1].Events = LinuxSockets.PollIn;
    }

    /// <summary>Thread-safe; cheap when a wake-up is already on its way.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWakePending, 1) == 0)
        {
            try
            {
                _wake.Send(_wakeByte);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // A full buffer wakes as well; a disposed one means the loop has ended.
            }
        }
    }

    public void Wait(TimeSpan timeout)
    {
        if (LinuxSockets.IsSupported)
        {
            WaitOnLinux(timeout);
        }
        else
        {
            _readable.Clear();
            foreach (var port in _ports)
            {
                _readable.Add(port.Socket);
            }

            _readable.Add(_wake);
            Socket.Select(_readable, null, null, timeout);
        }

        if (Volatile.Read(ref _isWakePending) != 0)
        {
            Drain();
        }
    }

    public void Dispose() => _wake.Dispose();

    private unsafe void WaitOnLinux(TimeSpan timeout)
    {
        var limit = new LinuxSockets.TimeSpec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * 100,
        };
        fixed (LinuxSockets.PollDescriptor* descriptors = _descriptors)
        {
            // An interruption by a signal counts as an early wake-up.
            _ = LinuxSockets.Poll(descriptors, (nuint)_descriptors.Length, &limit, 0);
        }
    }

    private void Drain()
    {
        while (_wake.Poll(0, SelectMode.SelectRead))
        {
            _wake.Receive(_drain, SocketFlags.None, out _);
        }

        // Only now: whatever is scheduled after this line sends a new byte, whatever was before is seen by the turn that follows.
        Volatile.Write(ref _isWakePending, 0);
        Interlocked.MemoryBarrier();
    }
}
