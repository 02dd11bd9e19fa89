using System.Runtime.InteropServices;

namespace PeerProxy.WebRtc.Hosting.Linux;

/// <summary>The system calls .NET's sockets lack: batches of datagrams and waiting for several sockets with a precise timeout.</summary>
internal static unsafe partial class LinuxSockets
{
    public const int MessageDontWait = 0x40;
    public const int UdpLevel = 17;
    public const int UdpSegment = 103;
    public const int ErrorInterrupted = 4;
    public const int ErrorIo = 5;
    public const int ErrorAgain = 11;
    public const int ErrorInvalid = 22;
    public const int ErrorMessageTooLong = 90;
    public const int IpLevel = 0;
    public const int IpMtuDiscover = 10;
    public const int Ipv6Level = 41;
    public const int Ipv6MtuDiscover = 23;

    /// <summary>IP_PMTUDISC_WANT, the default: split by what the kernel knows of the path.</summary>
    public const int MtuDiscoverWant = 1;

    /// <summary>IP_PMTUDISC_PROBE: never split, whatever the kernel knows.</summary>
    public const int MtuDiscoverProbe = 3;

    public const short PollIn = 1;

    /// <summary>The layouts below are those of the 64-bit ABIs.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && sizeof(nint) == 8;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMessages(int socket, MultiMessage* messages, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, nint signalMask);

    /// <summary>struct iovec.</summary>
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr.</summary>
    public struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct mmsghdr.</summary>
    public struct MultiMessage
    {
        public MessageHeader Header;
        public uint Length;
    }

    /// <summary>struct pollfd.</summary>
    public struct PollDescriptor
    {
        public int Socket;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec.</summary>
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct cmsghdr with the one option used: the segment size of a batch, padded to 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SegmentControl
    {
        public nuint Length;
        public int Level;
        public int Type;
        public ushort Segment;
        private readonly ushort _padding1;
        private readonly uint _padding2;
    }
}
